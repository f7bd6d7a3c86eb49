import { expect, it } from "vitest";
import { trigger, zoom } from "./logic";

const sine = (phase: number) =>
  Float32Array.from({ length: 1024 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * n) / 200 + phase));

it("lets a steady tone stand still, wherever it is in its cycle", () => {
  for (const phase of [0, 1, 2.5, 4, 6]) {
    const samples = sine(phase);
    const start = trigger(samples, 640);
    expect(samples[start - 1]).toBeLessThan(0);
    expect(samples[start]).toBeGreaterThanOrEqual(0);
    expect(samples[start + 50]).toBeCloseTo(0.5, 1);
  }
});

it("starts at the beginning when nothing crosses zero", () => {
  expect(trigger(new Float32Array(1024), 640)).toBe(0);
  expect(trigger(new Float32Array(1024).fill(0.3), 640)).toBe(0);
});

it("leaves room for what is shown", () => {
  expect(trigger(sine(3), 640)).toBeLessThanOrEqual(1024 - 640);
});

it("turns loud sound down at once and quiet sound up slowly", () => {
  expect(zoom(10, sine(0))).toBeCloseTo(2, 1);
  const up = zoom(1, sine(0));
  expect(up).toBeGreaterThan(1);
  expect(up).toBeLessThan(1.2);
});
