import { describe, expect, it } from "vitest";
import {
  byKey,
  digits,
  dragged,
  fromMeaning,
  fromUnit,
  isPitch,
  meaning,
  noteName,
  origin,
  parseTyped,
  shown,
  shownParts,
  spoken,
  stepped,
  toUnit,
  type Range,
} from "./scale";

const loudness: Range = { low: -80, high: -14, unit: "dB" };
const pitch: Range = { low: 48, high: 80, unit: "st" };
const cutoff: Range = { low: 20, high: 20000, unit: "Hz", curve: "exp" };

describe("travel", () => {
  it("goes there and back, linear and in equal ratios", () => {
    for (const range of [loudness, cutoff]) {
      for (const u of [0, 0.25, 0.5, 1]) expect(toUnit(range, fromUnit(range, u))).toBeCloseTo(u, 9);
    }
    expect(fromUnit(cutoff, 0.5)).toBeCloseTo(632.46, 1);
  });

  it("clips outside and keeps undefined undefined", () => {
    expect(toUnit(loudness, 0)).toBe(1);
    expect(fromUnit(loudness, -1)).toBe(-80);
    expect(toUnit(loudness, Number.NaN)).toBeNaN();
  });

  it("is drawn from zero where there is one", () => {
    expect(origin({ low: -1, high: 3, unit: "" })).toBe(0.25);
    expect(origin(loudness)).toBe(0);
  });

  it("of a drag is ten times finer with shift", () => {
    expect(dragged(0.5, 20, false)).toBeCloseTo(0.6);
    expect(dragged(0.5, 20, true)).toBeCloseTo(0.51);
    expect(dragged(0.5, 1000, false)).toBe(1);
  });
});

describe("words", () => {
  it("are notes for pitch only", () => {
    expect(isPitch(pitch)).toBe(true);
    expect(isPitch({ low: -2, high: 2, unit: "st" })).toBe(false);
    expect(noteName(69)).toBe("A4");
    expect(noteName(69.12)).toBe("A4 +12");
    expect(noteName(59.6)).toBe("C4 −40");
    expect(shown(pitch, 61)).toBe("C♯4");
    expect(shownParts(pitch, 61.5)).toEqual(["D4", "−50"]);
  });

  it("carry a unit, a real minus sign and no needless digits", () => {
    expect(shown(loudness, -23.44)).toBe("−23.4\u202fdB");
    expect(digits({ low: -1, high: 1, unit: "" }, -0.001)).toBe("0.00");
    expect(shown(cutoff, 632.4)).toBe("632\u202fHz");
    expect(shown(cutoff, Number.NaN)).toBe("–");
    expect(spoken(loudness, -23.44)).toBe("minus 23.4 decibels");
    expect(spoken(pitch, 69)).toBe("A4, 69.0 semitones");
  });
});

describe("typing", () => {
  it("takes points, commas, units, minus signs and notes", () => {
    expect(parseTyped(loudness, "-20,5 dB")).toBe(-20.5);
    expect(parseTyped(loudness, "−20")).toBe(-20);
    expect(parseTyped(pitch, "bb4")).toBe(70);
    expect(parseTyped(pitch, "C#4")).toBe(61);
    expect(parseTyped(pitch, "60.5")).toBe(60.5);
  });

  it("clips to the range and refuses nonsense", () => {
    expect(parseTyped(loudness, "1000")).toBe(-14);
    expect(parseTyped(loudness, "loud")).toBeNull();
    expect(parseTyped(loudness, "a4")).toBeNull();
    expect(parseTyped(loudness, "")).toBeNull();
  });
});

describe("keys", () => {
  it("step, fine with shift, leap with page, and go to the ends", () => {
    const at = (key: string, shift = false) => byKey(loudness, -47, key, shift, "vertical");
    expect(at("ArrowUp")).toBeCloseTo(-46.34);
    expect(at("ArrowUp", true)).toBeCloseTo(-46.934);
    expect(at("PageDown")).toBeCloseTo(-53.6);
    expect(at("Home")).toBe(-80);
    expect(at("End")).toBe(-14);
    expect(at("ArrowLeft")).toBeNull();
    expect(byKey(loudness, -47, "ArrowLeft", false, "horizontal")).toBeCloseTo(-47.66);
  });

  it("walk pitch along the notes, from between two of them to the next", () => {
    expect(stepped(pitch, 64.01, "step", 1)).toBe(65);
    expect(stepped(pitch, 64.01, "step", -1)).toBe(64);
    expect(stepped(pitch, 64, "step", -1)).toBe(63);
    expect(stepped(pitch, 60, "leap", 1)).toBe(72);
    expect(stepped(pitch, 60, "fine", 1)).toBeCloseTo(60.032);
  });
});

const bright = { low: 0, high: 1, unit: "Hz", marks: [100, 1000, 5000] };

it("says what a position means, and finds the position that means it", () => {
  expect(shown(bright, 0.25)).toBe("550\u202fHz");
  expect(shownParts(bright, 0.55)).toEqual(["1.40", "kHz"]);
  expect(spoken(bright, 0.55)).toBe("1.40 kilohertz");
  expect(parseTyped(bright, "550")).toBeCloseTo(0.25);
  expect(parseTyped(bright, "1.4 kHz")).toBeCloseTo(0.55);
  expect(parseTyped(bright, "20k")).toBe(1);
  expect(meaning(bright, 1.5)).toBe(9000);
  for (const value of [-0.2, 0, 0.3, 0.9, 1]) {
    expect(fromMeaning(bright, meaning(bright, value))).toBeCloseTo(value);
  }
});
