/** What the camera does, in words and figures, and what hands look like as lines. */

import type { Gesture, Hand, State } from "../link/protocol";
import type { Seen } from "./messages";

/** Pairs of landmarks that a bone joins: thumb, four fingers, the palm. */
export const BONES: readonly (readonly [number, number])[] = [
  [0, 1], [1, 2], [2, 3], [3, 4],
  [5, 6], [6, 7], [7, 8],
  [9, 10], [10, 11], [11, 12],
  [13, 14], [14, 15], [15, 16],
  [17, 18], [18, 19], [19, 20],
  [0, 5], [5, 9], [9, 13], [13, 17], [0, 17],
]; // prettier-ignore

/** How the last second went. */
export interface Pace {
  /** Pictures a second in which hands were looked for. */
  rate: number;
  /** Median time to find them in one picture, ms. */
  took: number;
  /** Median time from the picture to the message, ms. */
  delay: number;
}

export interface Beat {
  at: number;
  took: number;
  delay: number;
}

const WINDOW_MS = 1000;

/** The beats of the last second, the newest included. */
export function keep(beats: readonly Beat[], newest: Beat): Beat[] {
  return [...beats.filter((each) => newest.at - each.at < WINDOW_MS), newest];
}

export function paceOf(beats: readonly Beat[]): Pace {
  const first = beats[0];
  const last = beats[beats.length - 1];
  if (first === undefined || last === undefined || last.at <= first.at) {
    return { rate: 0, took: last?.took ?? 0, delay: last?.delay ?? 0 };
  }
  return {
    rate: (1000 * (beats.length - 1)) / (last.at - first.at),
    took: median(beats.map((each) => each.took)),
    delay: median(beats.map((each) => each.delay)),
  };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** "24 pictures a second, 31 ms each, 46 ms after the camera" */
export function paceWords({ rate, took, delay }: Pace): string {
  if (rate === 0) return "waiting for the first picture";
  return `${Math.round(rate)} pictures a second, ${Math.round(took)} ms each, ${Math.round(delay)} ms after the camera`;
}

/** "left and right hand" */
export function handWords(hands: readonly Hand[]): string {
  const sides = ["left", "right"].filter((side) => hands.some((hand) => hand.side === side));
  if (hands.length === 0) return "no hand in the picture";
  if (hands.length > sides.length) return `${hands.length} hands`;
  return `${sides.join(" and ")} hand`;
}

/** Why there is no camera, and what to do about it. */
export function remedy(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "The browser may not use the camera: allow it at the left of the address bar, then start again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "There is no camera: plug one in, or choose another one, then start again.";
    case "NotReadableError":
    case "AbortError":
      return "The camera gives no picture: close the program that uses it, then start again.";
    case "TypeError":
      return "This page may not use a camera: open it at the address that cheiron play printed.";
    default:
      return `The camera cannot be used (${String(error)}): try another one.`;
  }
}

/** Is there a source of hands that listens? */
export function listening(state: State | null): boolean {
  return state?.sources.some((source) => source.kind === "hands" && source.open) ?? false;
}

/** What is said to the instrument of one picture. */
export function message(seen: Seen, sent: number, lost: number): Gesture {
  const { time, aspect, hands } = seen;
  const whole = hands.filter((hand) => hand.points.length === 63 && hand.world.length === 63);
  return { type: "hands", time, sent, aspect, lost, hands: whole };
}
