import { describe, expect, it } from "vitest";
import {
  arc,
  byKey,
  dragged,
  fromUnit,
  isRound,
  parseTyped,
  pointed,
  type Range,
  stepped,
  toUnit,
} from "./scale";

const phase: Range = { low: 0, high: 360, unit: "°", period: 360 };
const heading: Range = { low: -180, high: 180, unit: "°", period: 360 };
const line: Range = { low: 0, high: 360, unit: "°" };

describe("a round knob", () => {
  it("is one whose range is its period", () => {
    expect(isRound(phase)).toBe(true);
    expect(isRound(line)).toBe(false);
    expect(isRound({ ...phase, high: 180 })).toBe(false);
  });

  it("has one place for both ends, and none outside", () => {
    expect(toUnit(phase, 360)).toBe(toUnit(phase, 0));
    expect(toUnit(phase, 365)).toBeCloseTo(5 / 360, 9);
    expect(toUnit(heading, -190)).toBeCloseTo(350 / 360, 9);
    expect(fromUnit(heading, 1.25)).toBeCloseTo(-90, 9);
    expect(toUnit(phase, Number.NaN)).toBeNaN();
  });

  it("turns on past the seam, by drag, key and typing", () => {
    expect(dragged(0.9, 40, false, true)).toBeCloseTo(0.1, 9);
    expect(dragged(0.1, -40, false, true)).toBeCloseTo(0.9, 9);
    expect(dragged(0.9, 40, false)).toBe(1);
    expect(stepped(phase, 358.2, "step", 1)).toBeCloseTo(1.8, 6);
    expect(byKey(phase, 1.8, "ArrowDown", false, "vertical")).toBeCloseTo(358.2, 6);
    expect(byKey(phase, 10, "End", false, "vertical")).toBeCloseTo(180, 9);
    expect(byKey(line, 10, "End", false, "vertical")).toBe(360);
    expect(parseTyped(phase, "370")).toBeCloseTo(10, 9);
    expect(parseTyped(heading, "-190")).toBeCloseTo(170, 9);
  });

  it("is drawn as a dot on a circle, its pointer straight up at the start", () => {
    expect(arc(phase, 0.3)).toEqual([0.3, 0]);
    expect(arc(line, 0.3)).toEqual([0, 0.3]);
    expect(pointed(phase, 0)).toBe(0);
    expect(pointed(phase, 0.75)).toBe(270);
    expect(pointed(line, 0)).toBe(-135);
  });
});
