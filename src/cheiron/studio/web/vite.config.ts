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
    rolldownOptions: {
      // The phone's page is one of its own: nothing of the player's page is handed to the network.
      input: ["index.html", "phone.html"],
      output: {
        entryFileNames: ({ name }) => `${name === "phone" ? "phone" : "assets"}/[name]-[hash].js`,
        assetFileNames: ({ originalFileNames, names }) => {
          const phone = [...originalFileNames, ...names].some((name) => /(^|\/)phone[./]/.test(name));
          return `${phone ? "phone" : "assets"}/[name]-[hash][extname]`;
        },
      },
    },
    // Compressing the hand tracker, only to say how small it would be, takes seconds.
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: {
    proxy: { "/api": instrument, "/ws": { target: instrument, ws: true } },
  },
});
