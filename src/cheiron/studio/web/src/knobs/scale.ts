/** Values of a bounded number: travel in [0, 1], steps, words, and what somebody types. */

import { number } from "../widgets/format";
import { place, valueAt } from "../widgets/scale";

export interface Range {
  low: number;
  high: number;
  unit: string;
  curve?: "linear" | "exp";
  /** What its travel means: rising values in `unit` at equal steps; none when its values are. */
  marks?: readonly number[];
  /** How far on the same place comes again; 0 or absent where it does not. */
  period?: number;
}

const NOTES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"] as const;
const LETTERS: Record<string, number> = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 };
const TYPED_NOTE = /^([a-g])([#♯b♭]?)(-?\d)$/i;

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Whether a range is a whole circle: its two ends are one place. */
export function isRound(range: Range): boolean {
  const period = range.period ?? 0;
  return period > 0 && Math.abs(range.high - range.low - period) < 1e-6 * period;
}

/** What is left of a number in whole circles of 1. */
function turned(unit: number): number {
  return unit - Math.floor(unit);
}

/** A value brought into its range: round a circle, else to the nearer end. */
export function within(range: Range, value: number): number {
  if (isRound(range)) return fromUnit(range, toUnit(range, value));
  return clamp(value, range.low, range.high);
}

/** Travel in [0, 1] of a value; outside it is clipped or goes round; undefined stays NaN. */
export function toUnit(range: Range, value: number): number {
  if (isRound(range)) return turned((value - range.low) / (range.high - range.low));
  return place(value, range.low, range.high, range.curve);
}

/** Value at a travel in [0, 1]; outside it is clipped, or goes round a circle. */
export function fromUnit(range: Range, unit: number): number {
  if (isRound(range)) return range.low + turned(unit) * (range.high - range.low);
  return valueAt(unit, range.low, range.high, range.curve);
}

/** What a value means in its unit; beyond the ends it goes on as just before them. */
export function meaning(range: Range, value: number): number {
  const marks = range.marks ?? [];
  if (marks.length < 2) return value;
  const travel = ((value - range.low) / (range.high - range.low)) * (marks.length - 1);
  const at = clamp(Math.floor(travel), 0, marks.length - 2);
  const [a = Number.NaN, b = Number.NaN] = marks.slice(at, at + 2);
  return a + (travel - at) * (b - a);
}

/** The value that means this much. */
export function fromMeaning(range: Range, meant: number): number {
  const marks = range.marks ?? [];
  if (marks.length < 2) return meant;
  const above = marks.findIndex((mark) => mark > meant);
  const at = clamp((above < 0 ? marks.length : above) - 1, 0, marks.length - 2);
  const [a = Number.NaN, b = Number.NaN] = marks.slice(at, at + 2);
  const travel = (at + (meant - a) / (b - a)) / (marks.length - 1);
  return range.low + travel * (range.high - range.low);
}

/** Semitones as on a MIDI keyboard, A4 = 69. */
export function isPitch(range: Range): boolean {
  return range.unit === "st" && range.low >= 0 && range.high > 24;
}

/** "A4", or "A4 +12" with the cents when it is off the note. */
export function noteName(semitones: number): string {
  const nearest = Math.round(semitones);
  const cents = Math.round((semitones - nearest) * 100);
  const name = `${NOTES[((nearest % 12) + 12) % 12]}${Math.floor(nearest / 12) - 1}`;
  if (cents === 0) return name;
  return `${name} ${cents > 0 ? "+" : "−"}${Math.abs(cents)}`;
}

/** A number with as many digits as its range makes worth reading, and a real minus sign. */
export function digits(range: Range, value: number): string {
  if (!Number.isFinite(value)) return "–";
  const span = range.curve === "exp" ? Math.abs(value) * 2 : range.high - range.low;
  const places = clamp(Math.ceil(-Math.log10(Math.max(span, 1e-9) / 100)), 0, 4);
  const text = value.toFixed(places);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** What stands on a knob in two sizes: the number and its unit, or the note and its cents. */
export function shownParts(range: Range, value: number): [large: string, small: string] {
  if (!Number.isFinite(value)) return ["–", ""];
  if (range.marks?.length) return inUnit(meaning(range, value), range.unit);
  if (!isPitch(range)) return [digits(range, value), range.unit];
  const [note = "", cents = ""] = noteName(value).split(" ");
  return [note, cents];
}

/** Three figures and a unit that suits their size: 1240 Hz is 1.24 kHz. */
function inUnit(meant: number, unit: string): [string, string] {
  if (unit === "Hz" && Math.abs(meant) >= 1000) return [number(meant / 1000), "kHz"];
  return [number(meant), unit];
}

/** The same in one piece. */
export function shown(range: Range, value: number): string {
  return shownParts(range, value).filter(Boolean).join("\u202f");
}

/** Where the bar of a range begins: at zero when zero lies within, else at the low end. */
export function origin(range: Range): number {
  return range.low < 0 && range.high > 0 ? toUnit(range, 0) : 0;
}

/** The value as a screen reader says it, always with the unit. */
export function spoken(range: Range, value: number): string {
  if (!Number.isFinite(value)) return "undefined";
  if (range.marks?.length) {
    const [large, small] = inUnit(meaning(range, value), range.unit);
    return `${large.replace("−", "minus ")} ${UNITS[small] ?? small}`.trim();
  }
  const unit = UNITS[range.unit] ?? range.unit;
  const number = `${digits(range, value).replace("−", "minus ")} ${unit}`.trim();
  return isPitch(range) ? `${noteName(value)}, ${number}` : number;
}

const UNITS: Record<string, string> = {
  st: "semitones",
  dB: "decibels",
  Hz: "hertz",
  kHz: "kilohertz",
  ms: "milliseconds",
  s: "seconds",
  "%": "per cent",
  "°": "degrees",
};

/** The value of typed text, clipped to the range; null when it means nothing. */
export function parseTyped(range: Range, text: string): number | null {
  const word = text.trim();
  const note = isPitch(range) ? TYPED_NOTE.exec(word) : null;
  if (note) {
    const shift = note[2] === "" ? 0 : "#♯".includes(note[2] ?? "") ? 1 : -1;
    const letter = LETTERS[(note[1] ?? "").toLowerCase()] ?? 0;
    return clamp(letter + shift + 12 * (Number(note[3]) + 1), range.low, range.high);
  }
  const match = /^([+\-−]?\s*(?:\d+(?:[.,]\d*)?|[.,]\d+))\s*(k?)/i.exec(word);
  if (!match) return null;
  const [, figures = "", kilo = ""] = match;
  const said = Number(figures.replace("−", "-").replace(",", ".").replace(/\s/g, ""));
  if (!Number.isFinite(said)) return null;
  return within(range, fromMeaning(range, kilo ? said * 1000 : said));
}

/** Whether a key starts typing a value; letters are left to the keys that play. */
export function startsTyping(key: string): boolean {
  return /^[0-9.,\-−]$/.test(key);
}

export type Size = "fine" | "step" | "leap";

/** The value some steps away; pitch steps land on the notes of the scale. */
export function stepped(range: Range, value: number, size: Size, direction: 1 | -1): number {
  if (isPitch(range) && size !== "fine") {
    const from = direction > 0 ? Math.floor(value + 1e-3) : Math.ceil(value - 1e-3);
    return clamp(from + direction * (size === "leap" ? 12 : 1), range.low, range.high);
  }
  const travel = { fine: 0.001, step: 0.01, leap: 0.1 }[size];
  return fromUnit(range, toUnit(range, value) + direction * travel);
}

/** Where a key takes a value; null when the key is none of ours. */
export function byKey(
  range: Range,
  value: number,
  key: string,
  shift: boolean,
  orientation: "vertical" | "horizontal",
): number | null {
  const [more, less] =
    orientation === "vertical" ? ["ArrowUp", "ArrowDown"] : ["ArrowRight", "ArrowLeft"];
  const size: Size = shift ? "fine" : "step";
  if (key === more || key === "+") return stepped(range, value, size, 1);
  if (key === less) return stepped(range, value, size, -1);
  if (key === "PageUp") return stepped(range, value, "leap", 1);
  if (key === "PageDown") return stepped(range, value, "leap", -1);
  if (key === "Home") return range.low;
  // The end of a circle is its beginning: its other side is more use.
  if (key === "End") return isRound(range) ? fromUnit(range, 0.5) : range.high;
  return null;
}

/** Travel for a drag of some pixels: 200 px for the whole of it, 2000 px when fine. */
export function dragged(unit: number, pixels: number, fine: boolean, round = false): number {
  const travel = unit + pixels / (fine ? 2000 : 200);
  return round ? turned(travel) : clamp(travel, 0, 1);
}

/** The arc of what sounds as start and length, in shares of the dial: a dot on a circle. */
export function arc(range: Range, unit: number): [start: number, length: number] {
  if (isRound(range)) return [unit, 0];
  const from = origin(range);
  return [Math.min(unit, from), Math.abs(unit - from)];
}

/** Degrees that the hand's pointer is turned by: straight up is 0, the start of a circle. */
export function pointed(range: Range, unit: number): number {
  return isRound(range) ? unit * 360 : (unit - 0.5) * 270;
}
