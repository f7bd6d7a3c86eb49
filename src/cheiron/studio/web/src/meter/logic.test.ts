import { expect, it } from "vitest";
import { FLOOR_DB, holdPeak, SILENT, travel } from "./logic";

it("holds a peak, then lets it fall", () => {
  let held = holdPeak(SILENT, -6, 10);
  held = holdPeak(held, -50, 11.4);
  expect(held.level).toBe(-6);
  held = holdPeak(held, -50, 12);
  expect(held.level).toBeCloseTo(-18);
  for (let time = 12; time < 20; time += 0.1) held = holdPeak(held, -50, time);
  expect(held.level).toBe(-50);
});

it("takes a higher peak at once", () => {
  expect(holdPeak(holdPeak(SILENT, -20, 1), -3, 1.1).level).toBe(-3);
});

it("starts anew with another engine's clock, and survives what is no number", () => {
  expect(holdPeak(holdPeak(SILENT, 0, 500), -40, 3).level).toBe(-40);
  expect(holdPeak(SILENT, Number.NaN, 1).level).toBe(FLOOR_DB);
  expect(travel(Number.NaN)).toBe(0);
});

it("rises with the level, from 0 to 1", () => {
  const levels = [-90, -60, -45, -30, -20, -6, 0, 6].map(travel);
  expect(levels).toEqual([...levels].sort((a, b) => a - b));
  expect([levels[0], levels[6], levels[7]]).toEqual([0, 1, 1]);
});
