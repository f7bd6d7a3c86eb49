import { expect, it } from "vitest";
import type { Axis } from "../link/protocol";
import { follow, note, range, type Track, travel, UNKNOWN, words } from "./logic";

const axis = (name: string, low: number, high: number, unit: string): Axis => ({
  name,
  low,
  high,
  unit,
  default: low,
  help: "",
  kind: "descriptor",
  marks: [],
  period: 0,
});
const CENTROID = axis("centroid", 50, 12000, "Hz");
const SHARPNESS = axis("sharpness", 0, 8, "acum");

const after = (values: (number | null)[], step = 0.04): Track =>
  values.reduce<Track>((track, value, i) => follow(track, value, 10 + i * step), UNKNOWN);

it("moves at once from nothing, then calmly", () => {
  expect(after([2]).bar).toBe(2);
  const next = after([2, 3]).bar as number;
  expect(next).toBeGreaterThan(2);
  expect(next).toBeLessThan(2.5);
  expect(after([2, ...Array<number>(30).fill(3)]).bar).toBeCloseTo(3);
});

it("is empty, not zero, while the sound has no such quality", () => {
  for (const nothing of [null, Number.NaN]) {
    const track = after([2, nothing]);
    expect(track.bar).toBeNull();
    expect(range(SHARPNESS, track)).toEqual([0.25, 0.25]);
  }
  expect(words(SHARPNESS, null)).toBe("–");
});

it("shows where it has been of late, and forgets", () => {
  expect(range(SHARPNESS, after([1, 4, 2]))).toEqual([0.125, 0.5]);
  expect(range(SHARPNESS, after([4, ...Array<number>(60).fill(2)], 0.1))).toEqual([0.25, 0.25]);
  expect(range(SHARPNESS, UNKNOWN)).toBeNull();
});

it("keeps its figures long enough to be read", () => {
  const figures = Array.from({ length: 26 }, (_, i) => after(Array.from({ length: i + 1 }, (_, k) => k)).figure);
  expect(new Set(figures).size).toBeLessThanOrEqual(5);
});

it("starts anew with another engine's clock", () => {
  expect(follow(after([5, 5]), 1, 0.5)).toMatchObject({ bar: 1, past: [{ time: 0.5, value: 1 }] });
});

it("goes by ratio over many octaves, and stays on its meter", () => {
  expect(travel(CENTROID, Math.sqrt(50 * 12000))).toBeCloseTo(0.5);
  expect(travel(SHARPNESS, 4)).toBe(0.5);
  expect([travel(CENTROID, 1), travel(SHARPNESS, 99)]).toEqual([0, 1]);
});

it("says a fundamental as a note", () => {
  expect([note(440), note(261.6), note(27.5), note(466)]).toEqual(["A4", "C4", "A0", "B♭4"]);
  expect(words(axis("f0", 50, 2000, "Hz"), 440)).toBe("A4 · 440\u202fHz");
});
