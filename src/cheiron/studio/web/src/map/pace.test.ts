import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Pace } from "./pace";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("sends the first at once and at most 250 a second after it", () => {
  const sent: number[] = [];
  const pace = new Pace<number>((each) => sent.push(each));
  pace.offer(0);
  expect(sent).toEqual([0]);
  for (let ms = 1; ms <= 1000; ms++) {
    vi.advanceTimersByTime(1);
    pace.offer(ms);
  }
  expect(sent.length).toBeLessThanOrEqual(251);
  expect(sent.length).toBeGreaterThan(190);
});

it("never loses the last place", () => {
  const sent: string[] = [];
  const pace = new Pace<string>((each) => sent.push(each));
  for (const each of ["a", "b", "c"]) pace.offer(each);
  vi.advanceTimersByTime(10);
  expect(sent).toEqual(["a", "c"]);
});

it("lets a lift overtake what waits, which must not come after it", () => {
  const sent: string[] = [];
  const pace = new Pace<string>((each) => sent.push(each));
  pace.offer("a");
  pace.offer("move");
  pace.send("lift");
  vi.advanceTimersByTime(10);
  expect(sent).toEqual(["a", "lift"]);
});
