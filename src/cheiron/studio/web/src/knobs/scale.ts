/** Values of a bounded number: travel in [0, 1], steps, words, and what somebody types. */

import { place, valueAt } from "../widgets/scale";

export interface Range {
  low: number;
  high: number;
  unit: string;
  curve?: "linear" | "exp";
}

const NOTES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"] as const;
const LETTERS: Record<string, number> = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 };
const TYPED_NOTE = /^([a-g])([#♯b♭]?)(-?\d)$/i;

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Travel in [0, 1] of a value; outside the range it is clipped, undefined stays NaN. */
export function toUnit(range: Range, value: number): number {
  return place(value, range.low, range.high, range.curve);
}

/** Value at a travel in [0, 1]; outside it is clipped. */
export function fromUnit(range: Range, unit: number): number {
  return valueAt(unit, range.low, range.high, range.curve);
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
  if (!isPitch(range)) return [digits(range, value), range.unit];
  const [note = "", cents = ""] = noteName(value).split(" ");
  return [note, cents];
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
  const unit = UNITS[range.unit] ?? range.unit;
  const number = `${digits(range, value).replace("−", "minus ")} ${unit}`.trim();
  return isPitch(range) ? `${noteName(value)}, ${number}` : number;
}

const UNITS: Record<string, string> = {
  st: "semitones",
  dB: "decibels",
  Hz: "hertz",
  ms: "milliseconds",
  s: "seconds",
  "%": "per cent",
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
  const match = /^[+\-−]?\s*(\d+([.,]\d*)?|[.,]\d+)/.exec(word);
  if (!match) return null;
  const number = Number(match[0].replace("−", "-").replace(",", ".").replace(/\s/g, ""));
  return Number.isFinite(number) ? clamp(number, range.low, range.high) : null;
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
  if (key === "End") return range.high;
  return null;
}

/** Travel for a drag of some pixels: 200 px for the whole of it, 2000 px when fine. */
export function dragged(unit: number, pixels: number, fine: boolean): number {
  return clamp(unit + pixels / (fine ? 2000 : 200), 0, 1);
}
