import { describe, expect, it } from "vitest";
import type { TakeState } from "../link/protocol";
import * as logic from "./logic";

function take(name: string, made: number, change: Partial<TakeState> = {}): TakeState {
  return { name, made, length: 1, hasSound: true, hasGesture: true, ...change };
}

it("counts tenths, minutes and hours", () => {
  expect(logic.elapsed(7.39)).toBe("0:07.3");
  expect(logic.elapsed(754.05)).toBe("12:34.0");
  expect(logic.elapsed(3723)).toBe("1:02:03");
  expect(logic.elapsed(-1)).toBe("0:00.0");
});

it("tells the day only when it is needed", () => {
  const now = new Date(2025, 2, 10, 12, 0);
  const at = (...when: [number, number, number, number, number]) => +new Date(...when) / 1000;
  expect(logic.when(at(2025, 2, 10, 9, 5), now)).toBe("09:05");
  expect(logic.when(at(2025, 2, 9, 23, 59), now)).toBe("yesterday 23:59");
  expect(logic.when(at(2025, 0, 3, 14, 3), now)).toBe("3 Jan 14:03");
  expect(logic.when(at(2024, 11, 31, 14, 3), now)).toBe("31 Dec 2024");
});

it("puts the newest take first without changing the state", () => {
  const takes = [take("a", 1), take("c", 3), take("b", 2)];
  expect(logic.newestFirst(takes).map((t) => t.name)).toEqual(["c", "b", "a"]);
  expect(takes[0]?.name).toBe("a");
});

it("draws silence as nothing and full scale as all", () => {
  expect(logic.level(-Infinity)).toBe(0);
  expect(logic.level(-30)).toBe(0.5);
  expect(logic.level(3)).toBe(1);
});

describe("a take's name", () => {
  it("is refused when empty, taken, or no file name", () => {
    expect(logic.nameFault(" ", "a", [])).not.toBe("");
    expect(logic.nameFault("b", "a", ["a", "b"])).toContain("already");
    expect(logic.nameFault("../x", "a", [])).toContain("cannot");
    expect(logic.nameFault(".x", "a", [])).toContain("dot");
    expect(logic.nameFault("a", "a", ["a"])).toBe("");
    expect(logic.nameFault("first rain", "a", ["a"])).toBe("");
  });

  it("survives a URL", () => {
    expect(logic.takeUrl("rain & wind #2")).toBe("api/take/rain%20%26%20wind%20%232");
  });
});

it("says what a take holds", () => {
  expect(logic.contents(take("a", 1))).toBe("sound and gesture");
  expect(logic.contents(take("a", 1, { hasSound: false }))).toBe("gesture only");
});

it("offers undo only while it would bring the take back", () => {
  expect(logic.undoes("knob pitch", "delete take 3", "delete take 3")).toBe(true);
  expect(logic.undoes("take-delete", "take-delete", "take-delete")).toBe(true);
  expect(logic.undoes("", "delete take 3", "knob pitch")).toBe(false);
  expect(logic.undoes("knob pitch", "knob pitch", "knob pitch")).toBe(false);
  expect(logic.undoes("", "", "")).toBe(false);
});

it("leaves the focus on the next row", () => {
  expect(logic.neighbour(["a", "b", "c"], "b")).toBe("c");
  expect(logic.neighbour(["a", "b"], "b")).toBe("a");
  expect(logic.neighbour(["a"], "a")).toBe("");
});
