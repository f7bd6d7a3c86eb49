/** The moment at a pace that eyes and screen readers can follow. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { figures, moment } from "../state/store";
import type { Moment } from "../link/protocol";

const READABLE = 0.1; // s: figures that change faster are a blur

const readable = signal<Moment | null>(null);
/** Ten times a second at most, for figures in words. */
export const slow: ReadonlySignal<Moment | null> = readable;

effect(() => {
  const now = moment.value;
  const last = readable.peek();
  // A clock that went back is another engine's.
  if (now && last && now.time >= last.time && now.time - last.time < READABLE) return;
  readable.value = now;
});

const calm = signal<Moment | null>(null);
/** Twice a second, for what screen readers may say. */
export const calmly: ReadonlySignal<Moment | null> = calm;

effect(() => {
  void figures.value;
  calm.value = moment.peek();
});
