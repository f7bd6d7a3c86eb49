import { expect, it } from "vitest";
import type { SceneState } from "../link/protocol";
import * as logic from "./logic";

const scene = (name: string, position: number): SceneState => ({
  name,
  space: "pca",
  position,
  placed: false,
  knobs: {},
});
const three = [scene("dawn", 0), scene("noon", 0.5), scene("dusk", 1)];

it("finds the scene that plays", () => {
  expect([0, 0.2, 0.3, 0.9].map((place) => logic.nearest(three, place))).toEqual([0, 0, 1, 2]);
  expect(logic.nearest([], 0.5)).toBe(-1);
});

it("says how much of each is heard", () => {
  expect(logic.shares(three, 0.5)).toEqual([0, 1, 0]);
  expect(logic.shares(three, 0.75)).toEqual([0, 0.5, 0.5]);
  expect(logic.shares(three, 1)).toEqual([0, 0, 1]);
  expect(logic.shares([scene("late", 0.5)], 0.1)).toEqual([1]);
  expect(logic.shares([], 0)).toEqual([]);
});

it("steps to the scenes beside a place and stops at the ends", () => {
  expect(logic.beside(three, 0.5, 1)?.name).toBe("dusk");
  expect(logic.beside(three, 0.7, -1)?.name).toBe("noon");
  expect(logic.beside(three, 1, 1)).toBeUndefined();
});

it("keeps a scene that is moved between its neighbours", () => {
  expect(logic.movedTo(three, 1, 2)).toBeCloseTo(0.999);
  expect(logic.movedTo(three, 0, -1)).toBe(0);
  expect(logic.movedTo(three, 1, 0.25)).toBe(0.25);
});

it("takes the place over from a cable", () => {
  const cable = { source: "x", target: "scene", inputs: null, outputs: null } as never;
  expect(logic.turnTo(1.5, [])).toEqual({ type: "knob", axis: "scene", value: 1, locked: false });
  expect(logic.turnTo(0.5, [cable])).toMatchObject({ locked: true });
});

it("reads seconds", () => {
  expect(["2", "0,5 s", "", "-1", "soon"].map(logic.typedSeconds)).toEqual([2, 0.5, null, null, null]);
});

it("moves by keys within the strip", () => {
  expect(logic.byKey(0.5, "ArrowRight", false)).toBeCloseTo(0.51);
  expect(logic.byKey(0, "ArrowLeft", true)).toBe(0);
  expect(logic.byKey(0.2, "End", false)).toBe(1);
  expect(logic.byKey(0.2, "x", false)).toBeNull();
});

it("shows a folder by its own name", () => {
  expect(logic.spaceOptions(["pca"], "/home/me/bright")).toEqual([
    { value: "pca", text: "pca" },
    { value: "/home/me/bright", text: "bright" },
  ]);
  expect(logic.spaceOptions(["pca"], "pca")).toHaveLength(1);
});

it("says in words what a scene holds", () => {
  expect(logic.holds(scene("dawn", 0))).toBe("holds no knob");
  const knob = { value: 0, locked: true };
  const full = { ...scene("dawn", 0), knobs: { a: knob, b: knob, c: knob, d: knob } };
  expect(logic.holds(full)).toBe("holds a, b, c and 1 more");
});
