import { expect, it } from "vitest";
import { Tempo } from "./surface";

function drawn(gaps: number[]): number {
  const tempo = new Tempo();
  let now = 1000;
  return gaps.filter((gap) => !tempo.tooSoon((now += gap))).length;
}

it("draws every frame of a computer that keeps up, also after long pauses", () => {
  expect(drawn(Array(600).fill(16.7))).toBe(600);
  expect(drawn(Array(100).fill(5000))).toBe(100);
});

it("leaves out frames while they come late", () => {
  const count = drawn(Array(600).fill(25));
  expect(count).toBeLessThan(400);
  expect(count).toBeGreaterThan(250);
});

it("comes back to every frame", () => {
  expect(drawn([...Array(200).fill(25), ...Array(600).fill(16.7)])).toBeGreaterThan(680);
});
