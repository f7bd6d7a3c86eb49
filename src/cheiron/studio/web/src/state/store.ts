/**
 * What the page knows, as signals. Only `link/` writes them; a component that reads `.value` while it
 * renders is drawn again when that signal changes.
 */

import { computed, signal } from "@preact/signals";
import type { Figures, Moment, SourceFigures, State } from "../link/protocol";

export type Connection = "connecting" | "open" | "lost" | "refused";

/** A recorded sound on the map that can be heard. */
export interface Landmark {
  /** On the map, in [0, 1], x to the right, y up. */
  x: number;
  y: number;
  name: string;
  /** What the sound is like there, such as {loudness: -23.1, centroid: 1800}. */
  descriptors: Record<string, number>;
}

export interface Toast {
  id: number;
  level: "info" | "warning" | "error";
  text: string;
  /** How often the same sentence came. */
  count: number;
}

/** Everything that stays; null until the first message. */
export const state = signal<State | null>(null);
/** The moment, 30 to 60 times a second; null until the first message. */
export const moment = signal<Moment | null>(null);
/** The same at most 25 times a second, for what need not move in every frame: it costs less. */
export const steady = signal<Moment | null>(null);
/** Twice a second. */
export const figures = signal<Figures | null>(null);
export const sourceFigures = signal<readonly SourceFigures[]>([]);
export const landmarks = signal<readonly Landmark[]>([]);
export const connection = signal<Connection>("connecting");
/** Seconds until the next attempt, while the connection is lost. */
export const retryIn = signal(0);
/** Milliseconds there and back, as the last ping said; 0 until then. */
export const roundTrip = signal(0);
export const toasts = signal<readonly Toast[]>([]);

/** The state when there is one; panels are only mounted then, so they may rely on it. */
export function known(): State {
  const value = state.value;
  if (value === null) throw new Error("no state yet: panels are mounted after the first one");
  return value;
}

/** Is the instrument playing its sound through this page? */
export const pageSounds = computed(() => state.value?.output.kind === "page");
