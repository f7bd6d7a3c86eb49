import { defineConfig } from "vite";

/** `npm run dev` talks to a running instrument, or to tests/studio/page/fake_server.py. */
const instrument = "http://127.0.0.1:8808";

export default defineConfig({
  base: "./",
  build: {
    outDir: "../page",
    emptyOutDir: true,
    target: "es2022",
    // Everything under its own name: a page of strict origin needs no inlined data.
    assetsInlineLimit: 0,
    modulePreload: false,
    // Compressing the hand tracker, only to say how small it would be, takes seconds.
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: {
    proxy: { "/api": instrument, "/ws": { target: instrument, ws: true } },
  },
});
