/** The header's signs: strokes of 24 pixels in the colour of the text. */

import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

export const Undo = () => (
  <Icon>
    <path d="M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4" />
  </Icon>
);
export const Redo = () => (
  <Icon>
    <path d="m16 5 4 4-4 4m4-4H10a5.5 5.5 0 0 0 0 11h4" />
  </Icon>
);
export const Mute = ({ on }: { on: boolean }) => (
  <Icon>
    <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5z" />
    <path d={on ? "m16 9.5 5 5m0-5-5 5" : "M16 9a4.2 4.2 0 0 1 0 6m2.6-8.6a8 8 0 0 1 0 11.2"} />
  </Icon>
);
export const Panic = () => (
  <Icon>
    <path d="M8.3 3.5h7.4l4.8 4.8v7.4l-4.8 4.8H8.3l-4.8-4.8V8.3zM12 7.8v5m0 3.2v.2" />
  </Icon>
);
export const Help = () => (
  <Icon>
    <path d="M8.5 9a3.5 3.5 0 1 1 5.2 3.1c-1.1.6-1.7 1.3-1.7 2.6m0 3.6v.2" />
  </Icon>
);
