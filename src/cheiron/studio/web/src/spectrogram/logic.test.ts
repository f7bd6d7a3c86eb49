import { expect, it } from "vitest";
import { rowAt, rowsOf, shade, strongest } from "./logic";

it("covers every bin above the lowest frequency, from high to low, without holes", () => {
  const rows = rowsOf(160, 1024, 48000);
  for (let i = 1; i < rows.length; i++) expect(rows[i]?.[1]).toBeCloseTo(rows[i - 1]?.[0] ?? -1, 9);
  expect(rows[0]?.[1]).toBeCloseTo((18000 * 1024) / 48000, 6);
  expect(rows[159]?.[0]).toBeCloseTo((50 * 1024) / 48000, 6);
});

it("shows a frequency in the row that it is said to be in", () => {
  const rows = rowsOf(160, 1024, 44100);
  const [from, to] = rows[Math.floor(rowAt(1000, 160, 44100))] ?? [0, 0];
  const bin = (1000 * 1024) / 44100;
  expect(from <= bin && bin <= to).toBe(true);
});

it("never loses a peak that lies between others, and interpolates below one bin", () => {
  const magnitudes = Float32Array.from([0, 0, 4, 1, 0]);
  expect(strongest(magnitudes, [1.2, 3.4])).toBe(4);
  expect(strongest(magnitudes, [2.4, 2.6])).toBeCloseTo(2.5);
});

it("is black for silence and brightest at full scale, also for what is not a number", () => {
  expect([shade(0), shade(1), shade(1e9)]).toEqual([0, 255, 255]);
});
