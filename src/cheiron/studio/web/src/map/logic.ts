/** What the map shows: which descriptors colour the landmarks, how their values spread, the trail. */

import type { Landmark } from "../state/store";

export interface Scale {
  low: number;
  high: number;
}

const FAVOURITES = ["centroid", "brightness", "pitch", "f0", "loudness"];
const UNITS: Record<string, string> = {
  loudness: "dB",
  centroid: "Hz",
  bandwidth: "Hz",
  rolloff: "Hz",
  f0: "Hz",
  pitch: "st",
};

/** Names of the descriptors that at least half of the landmarks have, in their order. */
export function descriptors(landmarks: readonly Landmark[]): string[] {
  const counts = new Map<string, number>();
  for (const { descriptors: of } of landmarks) {
    for (const name of Object.keys(of)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => 2 * count >= landmarks.length).map(([name]) => name);
}

/** The one to colour by at first. */
export function favourite(names: readonly string[]): string {
  return FAVOURITES.find((name) => names.includes(name)) ?? names[0] ?? "";
}

export function unitOf(descriptor: string): string {
  return UNITS[descriptor] ?? "";
}

/** From the 5th to the 95th percentile, so that a single odd sound does not grey out all others. */
export function spread(values: readonly number[]): Scale {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(0.05), at(0.95)];
  return high > low ? { low, high } : { low: low - 0.5, high: low + 0.5 };
}

export function within(value: number, { low, high }: Scale): number {
  return Math.min(Math.max((value - low) / (high - low), 0), 1);
}

export interface Step {
  x: number;
  y: number;
  /** Milliseconds on the page's clock. */
  at: number;
}

export const TRAIL_MS = 1600;

/** The trail with one more step, without what has faded; a step that goes nowhere is not kept. */
export function extend(trail: readonly Step[], step: Step): Step[] {
  const fresh = trail.filter((each) => step.at - each.at < TRAIL_MS);
  const last = fresh[fresh.length - 1];
  const moved = last === undefined || Math.hypot(step.x - last.x, step.y - last.y) > 1e-4;
  return moved ? [...fresh, step] : fresh;
}

/** How much of a step is left to see, 1 to 0. */
export function freshness(step: Step, now: number): number {
  return Math.min(1, Math.max(0, 1 - (now - step.at) / TRAIL_MS));
}

/** Where the cursor is after `seconds` of these arrow keys: two thirds of the map in a second. */
export function steer(
  from: readonly [number, number],
  keys: ReadonlySet<string>,
  seconds: number,
  fine: boolean,
): [number, number] {
  const towards = (more: string, less: string) => Number(keys.has(more)) - Number(keys.has(less));
  const stride = (fine ? 0.1 : 0.66) * seconds;
  const clip = (value: number) => Math.min(Math.max(value, 0), 1);
  return [
    clip(from[0] + stride * towards("ArrowRight", "ArrowLeft")),
    clip(from[1] + stride * towards("ArrowUp", "ArrowDown")),
  ];
}
