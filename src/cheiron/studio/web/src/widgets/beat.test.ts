import { afterEach, expect, it, vi } from "vitest";
import { atBeat, calm, notAtBeat, Tempo } from "./beat";

afterEach(() => {
  calm.value = false;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function period(waits: number[]): number {
  const tempo = new Tempo();
  for (const wait of waits) tempo.came(wait);
  return tempo.period;
}

it("draws every frame of a computer that keeps up, also after the page was hidden", () => {
  expect(period(Array(600).fill(12))).toBe(0);
  expect(period(Array(100).fill(5000))).toBe(0);
});

it("leaves out more frames the later they come, and comes back", () => {
  expect(period(Array(200).fill(25))).toBe(33);
  expect(period(Array(200).fill(60))).toBe(100);
  expect(period([...Array(200).fill(60), ...Array(200).fill(12)])).toBe(0);
});

it("draws every third frame while the page plays the sound", () => {
  calm.value = true;
  expect(period([12])).toBe(50);
  expect(period(Array(200).fill(25))).toBe(100);
});

it("does everything that waits in one frame, once, and nothing that was taken back", () => {
  vi.useFakeTimers();
  const frames: FrameRequestCallback[] = [];
  vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
  const done: string[] = [];
  const a = () => done.push("a");
  const b = () => done.push("b");
  const c = () => done.push("c");
  atBeat(a);
  atBeat(b);
  atBeat(a);
  atBeat(c);
  notAtBeat(c);
  vi.runAllTimers();
  expect(frames).toHaveLength(1);
  frames[0]?.(0);
  expect(done).toEqual(["a", "b"]);
  atBeat(a);
  vi.runAllTimers();
  expect(frames).toHaveLength(2);
  frames[1]?.(0);
  expect(done).toEqual(["a", "b", "a"]);
});
