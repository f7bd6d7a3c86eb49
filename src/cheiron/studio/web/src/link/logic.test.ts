import { expect, it } from "vitest";
import { delay } from "./backoff";
import { read } from "./binary";
import { best, keep, type Sample, sample } from "./clock";
import { beside, tokenIn } from "./token";

function message(kind: number, count: number, rate: number, samples: number[]): ArrayBuffer {
  const buffer = new ArrayBuffer(16 + 4 * samples.length);
  const view = new DataView(buffer);
  view.setUint8(0, kind);
  view.setUint32(4, count, true);
  view.setUint32(8, rate, true);
  samples.forEach((each, index) => view.setFloat32(16 + 4 * index, each, true));
  return buffer;
}

it("reads sound and scope without copying", () => {
  const buffer = message(2, 7, 48000, [0.5, -0.25]);
  const block = read(buffer);
  expect(block).toMatchObject({ kind: 2, count: 7, rate: 48000 });
  expect([...(block?.samples ?? [])]).toEqual([0.5, -0.25]);
  expect(block?.samples.buffer).toBe(buffer);
});

it.each([
  ["nothing", new ArrayBuffer(0)],
  ["a head alone", new ArrayBuffer(16)],
  ["half a sample", new ArrayBuffer(18)],
  ["an unknown kind", message(9, 0, 48000, [0])],
  ["an impossible rate", message(2, 0, 0, [0])],
])("leaves aside %s", (_, buffer) => {
  expect(read(buffer)).toBeNull();
});

it("waits longer after each failure, but never long", () => {
  const waits = Array.from({ length: 40 }, (_, attempt) => delay(attempt, 0));
  expect(waits.slice(0, 4)).toEqual([0.25, 0.5, 1, 2]);
  expect(Math.max(...waits)).toBe(8);
  expect(delay(3, 0.9)).toBeLessThan(2);
});

it("believes the ping that came back fastest", () => {
  let pings: Sample[] = [];
  for (const late of [30, 2, 50]) pings = keep(pings, sample(1000, 1000 + late, 5));
  expect(best(pings)).toEqual({ trip: 2, offset: 3999 });
  for (let i = 0; i < 20; i++) pings = keep(pings, sample(0, 9, 0));
  expect(best(pings)?.trip).toBe(9);
  expect(best([])).toBeUndefined();
});

it("finds the token in the address", () => {
  expect(tokenIn("#token=a-b_c")).toBe("a-b_c");
  expect(tokenIn("#abc")).toBe("abc");
  expect(tokenIn("")).toBe("");
  expect(tokenIn("#other=abc")).toBe("");
});

it("asks beside the page, never elsewhere", () => {
  expect(beside("ws", "http://127.0.0.1:8808/")).toBe("http://127.0.0.1:8808/ws");
});
