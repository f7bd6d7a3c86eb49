/** Meters that can be read while they move: calm bars, their range of late, figures that stay a moment. */

import type { Axis } from "../link/protocol";
import { quantity } from "../widgets/format";
import { place } from "../widgets/scale";

const CALM_S = 0.12;
const SPAN_S = 4;
const FIGURE_S = 0.25;
const WIDE = 8;
const NOTES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"] as const;

interface Past {
  time: number;
  value: number;
}

export interface Track {
  time: number;
  /** Where the bar is, in the descriptor's unit; null while it is undefined. */
  bar: number | null;
  /** What was measured within the last four seconds. */
  past: readonly Past[];
  /** What the text says, and since when. */
  figure: number | null;
  since: number;
}

export const UNKNOWN: Track = { time: 0, bar: null, past: [], figure: null, since: Number.NEGATIVE_INFINITY };

/** The track after a measurement; null and what is no number are undefined. */
export function follow(track: Track, measured: number | null | undefined, time: number): Track {
  // A clock that went back is another engine's.
  const before = time < track.time ? UNKNOWN : track;
  const value = typeof measured === "number" && Number.isFinite(measured) ? measured : null;
  const kept = before.past.filter((each) => each.time > time - SPAN_S);
  const past = value === null ? kept : [...kept, { time, value }];
  const bar = calm(before.bar, value, time - before.time);
  const fresh = time - before.since >= FIGURE_S;
  return { time, bar, past, figure: fresh ? bar : before.figure, since: fresh ? time : before.since };
}

function calm(bar: number | null, value: number | null, passed: number): number | null {
  if (bar === null || value === null) return value;
  return value + (bar - value) * Math.exp(-passed / CALM_S);
}

/** Where a value stands on its meter, 0 to 1; ranges of many octaves go by ratio, as hearing does. */
export function travel(axis: Axis, value: number): number {
  return place(value, axis.low, axis.high, axis.low > 0 && axis.high / axis.low > WIDE ? "exp" : "linear");
}

/** The lowest and highest travel of late; null when there was nothing. */
export function range(axis: Axis, track: Track): [number, number] | null {
  if (track.past.length === 0) return null;
  const all = track.past.map(({ value }) => travel(axis, value));
  return [Math.min(...all), Math.max(...all)];
}

/** What the meter says: the figure with its unit, a fundamental also as a note. */
export function words(axis: Axis, figure: number | null): string {
  const text = quantity(figure, axis.unit);
  return axis.name === "f0" && figure !== null && figure > 0 ? `${note(figure)} · ${text}` : text;
}

/** The nearest note, A4 = 440 Hz. */
export function note(hertz: number): string {
  const key = Math.round(69 + 12 * Math.log2(hertz / 440));
  return `${NOTES[((key % 12) + 12) % 12]}${Math.floor(key / 12) - 1}`;
}
