/** The keyboard on the map: arrows move a cursor smoothly, Space holds the sound, Enter listens. */

import { signal } from "@preact/signals";
import { steer } from "./logic";
import { cursor, moveCursor, toggleAtCursor } from "./player";

/** Shown once the arrows are used, until a finger takes over. */
export const cursorShown = signal(false);

const arrows = new Set<string>();
let fine = false;
let last = 0;
let frame = 0;

/** Listen on the window, while the focus is on the map or nowhere; `hear` is Enter. */
export function steerWith(map: HTMLElement, hear: () => void): () => void {
  const down = (event: KeyboardEvent) => {
    if (!ours(event, map)) return;
    if (event.key.startsWith("Arrow")) press(event);
    else if (event.key === " " && !event.repeat) toggleAtCursor();
    else if (event.key === "Enter" && !event.repeat) hear();
    else if (event.key !== " ") return;
    cursorShown.value = true;
    event.preventDefault();
  };
  const up = (event: KeyboardEvent) => {
    arrows.delete(event.key);
    fine = event.shiftKey;
  };
  const clear = () => arrows.clear();
  window.addEventListener("keydown", down);
  window.addEventListener("keyup", up);
  window.addEventListener("blur", clear);
  return () => {
    window.removeEventListener("keydown", down);
    window.removeEventListener("keyup", up);
    window.removeEventListener("blur", clear);
    cancelAnimationFrame(frame);
    frame = 0;
  };
}

function ours(event: KeyboardEvent, map: HTMLElement): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (document.querySelector("dialog[open]") !== null) return false;
  return event.target === map || event.target === document.body;
}

function press(event: KeyboardEvent): void {
  fine = event.shiftKey;
  if (arrows.has(event.key)) return;
  arrows.add(event.key);
  // A tap moves a little even when it is shorter than a frame.
  moveCursor(steer(cursor.peek(), arrows, 0.012, fine));
  if (frame === 0) {
    last = performance.now();
    frame = requestAnimationFrame(glide);
  }
}

function glide(now: number): void {
  frame = 0;
  if (arrows.size === 0) return;
  const seconds = Math.min(0.05, Math.max(0, (now - last) / 1000));
  last = now;
  moveCursor(steer(cursor.peek(), arrows, seconds, fine));
  frame = requestAnimationFrame(glide);
}
