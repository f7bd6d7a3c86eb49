import { expect, it } from "vitest";
import type { Landmark } from "../state/store";
import { nearest, toMap, toPixels } from "./geometry";
import {
  descriptors,
  extend,
  favourite,
  freshness,
  spread,
  steer,
  type Step,
  TRAIL_MS,
  within,
} from "./logic";

const BOX = { width: 800, height: 500 };
const landmark = (of: Record<string, number>): Landmark => ({ x: 0, y: 0, name: "", descriptors: of });

it("finds its way from the map to pixels and back, with y up", () => {
  for (const [x, y] of [
    [0, 0],
    [0.3, 0.7],
    [1, 1],
  ] as const) {
    const [mx, my] = toMap(toPixels([x, y], BOX), BOX);
    expect([mx, my]).toEqual([expect.closeTo(x, 9), expect.closeTo(y, 9)]);
  }
  expect(toPixels([0.5, 1], BOX)[1]).toBeLessThan(toPixels([0.5, 0], BOX)[1]);
});

it("keeps a finger that leaves the map at its edge, also on a map of no size", () => {
  expect(toMap([-100, 9999], BOX)).toEqual([0, 0]);
  expect(toMap([5, 5], { width: 0, height: 0 }).every(Number.isFinite)).toBe(true);
});

it("finds the nearest landmark within reach, else none", () => {
  const points = [
    { x: 0.1, y: 0.1 },
    { x: 0.5, y: 0.5 },
  ];
  const near = toPixels([0.49, 0.5], BOX);
  expect(nearest(points, near, BOX, 30)).toBe(1);
  expect(nearest(points, [near[0] + 100, near[1]], BOX, 30)).toBe(-1);
  expect(nearest([], near, BOX, 30)).toBe(-1);
});

it("colours by a descriptor that most landmarks have", () => {
  const all = [landmark({ loudness: 1, f0: 2 }), landmark({ loudness: 1 }), landmark({ loudness: 1 })];
  expect(descriptors(all)).toEqual(["loudness"]);
  expect(favourite(["loudness", "centroid"])).toBe("centroid");
  expect(favourite([])).toBe("");
});

it("is not greyed out by one odd value, and survives equal or missing ones", () => {
  const scale = spread([...Array.from({ length: 99 }, (_, i) => i), 1e6]);
  expect(scale.high).toBeLessThan(100);
  expect(within(1e6, scale)).toBe(1);
  expect(within(3, spread([3, 3, Number.NaN]))).toBe(0.5);
  expect(Number.isFinite(within(1, spread([])))).toBe(true);
});

it("draws a trail that ends: steps fade, and standing still adds none", () => {
  let trail: Step[] = [];
  for (let at = 0; at < 5000; at += 16) trail = extend(trail, { x: at / 5000, y: 0.5, at });
  expect(trail.length).toBeLessThanOrEqual(TRAIL_MS / 16 + 1);
  const last = trail[trail.length - 1] as Step;
  for (let at = 5000; at < 8000; at += 16) trail = extend(trail, { ...last, at });
  expect(trail.length).toBeLessThanOrEqual(1);
  expect(freshness({ x: 0, y: 0, at: 0 }, 1e9)).toBe(0);
});

it("steers with several arrows at once and stops at the edge", () => {
  expect(steer([0.5, 0.5], new Set(["ArrowUp", "ArrowRight"]), 0.1, false)).toEqual([
    expect.closeTo(0.566),
    expect.closeTo(0.566),
  ]);
  expect(steer([0.5, 0.5], new Set(["ArrowLeft"]), 100, false)).toEqual([0, 0.5]);
  const fine = steer([0.5, 0.5], new Set(["ArrowUp"]), 0.1, true);
  expect(fine[1] - 0.5).toBeCloseTo(0.01);
});
