/** What a source is doing, in words and figures, and what OSC brings. */

import type { Axis, Command, SourceFigures, SourceState } from "../link/protocol";
import { place } from "../widgets/scale";

export type Tone = "good" | "fair" | "poor" | "quiet";

export interface Health {
  tone: Tone;
  /** One word or two, such as "steady". */
  word: string;
  /** Rate and jitter in figures, for whoever wants them. */
  detail: string;
}

/** Jitter as a share of the time between frames: below the first steady, above the second rough. */
const STEADY = 0.15;
const ROUGH = 0.6;

/** How a source does now; `figures` is undefined until the first ones come. */
export function healthOf(source: SourceState, figures: SourceFigures | undefined): Health {
  if (source.problem) return { tone: "poor", word: "trouble", detail: "" };
  if (!source.open) return { tone: "quiet", word: "closed", detail: "" };
  if (!figures || figures.rate <= 0) return { tone: "quiet", word: "waiting", detail: "nothing comes" };
  const rate = `${figures.rate < 10 ? figures.rate.toFixed(1) : Math.round(figures.rate)}\u202fHz`;
  const jitter = `± ${figures.jitter.toFixed(1)}\u202fms`;
  const share = (figures.jitter * figures.rate) / 1000;
  const away = figures.latency > 0 ? [`${figures.latency.toFixed(1)}\u202fms late`] : [];
  const lost = figures.lost > 0 ? [`${figures.lost} lost`] : [];
  const detail = [rate, jitter, ...away, ...lost].join(", ");
  if (share < STEADY) return { tone: "good", word: "steady", detail };
  if (share < ROUGH) return { tone: "fair", word: "uneven", detail };
  return { tone: "poor", word: "rough", detail };
}

export interface AxisNow {
  /** Travel in [0, 1]; NaN while undefined. */
  at: number;
  undefined: boolean;
  stuck: boolean;
}

/** Where each axis of a source is; axes without a figure are undefined. */
export function axesNow(axes: readonly Axis[], figures: SourceFigures | undefined): AxisNow[] {
  return axes.map((axis, index) => {
    const value = figures?.values[index] ?? null;
    return {
      at: value === null ? Number.NaN : place(value, axis.low, axis.high),
      undefined: value === null,
      stuck: value !== null && (figures?.stuck[index] ?? false),
    };
  });
}

/** One number that arrives, and whether it was chosen. */
export interface ArrivingValue {
  axis: string;
  value: number;
  used: boolean;
}

export interface Arriving {
  address: string;
  rate: number;
  values: ArrivingValue[];
}

/** All that OSC brings; "/acc.1" is the second argument of "/acc". */
export function arriving(source: SourceState, figures: SourceFigures | undefined): Arriving[] {
  const used = chosen(source);
  return (figures?.arriving ?? []).map(({ address, rate, values }) => ({
    address,
    rate,
    values: values.map((value, index) => {
      const axis = `${address}.${index}`;
      return { axis, value, used: used.includes(axis) };
    }),
  }));
}

/** The axes that an OSC source was told to take; empty means all that come. */
export function chosen(source: SourceState): string[] {
  return entries(source).map(nameOf).filter(Boolean);
}

/** Take these axes up, or put them down when all of them are in use already. */
export function use(source: SourceState, axes: readonly string[]): Command {
  const now = chosen(source);
  const all = axes.every((axis) => now.includes(axis));
  // Entries that are more than a name, with a range of their own, stay as they are.
  const next = all
    ? entries(source).filter((entry) => !axes.includes(nameOf(entry)))
    : [...entries(source), ...axes.filter((axis) => !now.includes(axis))];
  return { type: "source-open", kind: source.kind, settings: { ...source.settings, axes: next } };
}

/** Let every number that comes be an axis again. */
export function useAll(source: SourceState): Command {
  return { type: "source-open", kind: source.kind, settings: { ...source.settings, axes: [] } };
}

function entries(source: SourceState): unknown[] {
  return Array.isArray(source.settings.axes) ? source.settings.axes : [];
}

/** An axis of the settings, a text or {address, index}, as text with its index. */
function nameOf(entry: unknown): string {
  if (typeof entry === "string") return /\.\d+$/.test(entry) ? entry : `${entry}.0`;
  const { address, index } = (entry ?? {}) as { address?: unknown; index?: unknown };
  return typeof address === "string" ? `${address}.${Number(index ?? 0)}` : "";
}
