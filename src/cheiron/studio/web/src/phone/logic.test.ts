import { expect, test, vi } from "vitest";
import { isEmpty, sampleOf } from "./motion";
import { keepSecret, secret } from "./secret";
import { latencyWords, rateWords, refusedWords } from "./words";

const MOVED = {
  timeStamp: 2000,
  acceleration: { x: 1, y: 2, z: 3 },
  accelerationIncludingGravity: { x: 4, y: 5, z: 6 },
  rotationRate: { alpha: 7, beta: 8, gamma: 9 },
};

test("a sample has its time in seconds and twelve numbers", () => {
  const held = { alpha: 10, beta: 11, gamma: 12 };
  expect(sampleOf(MOVED, held, 2010)).toEqual([2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test("an event's time that cannot be is replaced by now", () => {
  for (const timeStamp of [0, 5000, 1.7e12, 10]) {
    expect(sampleOf({ ...MOVED, timeStamp }, null, 4000)[0]).toBe(4);
  }
});

test("what a phone does not give is null, and a phone without sensors gives nothing", () => {
  const nothing = { x: null, y: null, z: null };
  const mute = { timeStamp: 2000, acceleration: nothing, accelerationIncludingGravity: null, rotationRate: null };
  expect(isEmpty(sampleOf(mute, null, 2010))).toBe(true);
  const broken = { ...mute, acceleration: { x: Number.NaN, y: null, z: 1 } };
  expect(sampleOf(broken, null, 2010).slice(1, 4)).toEqual([null, null, 1]);
});

test("who refuses is told what to do on this phone", () => {
  expect(refusedWords(true)).toContain("Allow");
  expect(refusedWords(false)).toContain("Site settings");
});

test("figures are said in words", () => {
  expect(rateWords(59.7)).toBe("60 times a second");
  expect([latencyWords(3.14), latencyWords(25.2), latencyWords(null)]).toEqual(["3.1 ms away", "25 ms away", ""]);
});

test("a browser that keeps nothing still has its secret while the page is open", () => {
  const refuse = () => {
    throw new DOMException("denied", "SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse });
  expect(secret()).toBe("");
  keepSecret("abc");
  expect(secret()).toBe("abc");
  vi.unstubAllGlobals();
});
