/** Small signs of the transport, drawn so that they need no font. */

const PATHS = {
  play: "M5 3.2v9.6L13 8z",
  stop: "M4 4h8v8H4z",
  loop: "M12.6 8A4.6 4.6 0 1 1 11 4.5M11.4 1.8v2.9H8.5",
  path: "M2.5 10.5c1.5-7 4-7 5.5-2.5s4 4.5 5.5-2.5",
  save: "M8 2.5v7M4.8 6.6 8 9.8l3.2-3.2M3 13h10",
  rename: "M3 13l.6-2.8 7-7 2.2 2.2-7 7z",
  remove: "M4 4l8 8M12 4l-8 8",
} as const;

const FILLED = new Set(["play", "stop"]);

export function Icon({ name }: { name: keyof typeof PATHS }) {
  const filled = FILLED.has(name);
  return (
    <svg class="sign" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill={filled ? "currentColor" : "none"}
        stroke={filled ? "none" : "currentColor"}
        stroke-width="1.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
