import { expect, it } from "vitest";
import type { Figures } from "../link/protocol";
import { lines } from "./logic";

const WELL: Figures = {
  blockMedian: 0.4,
  block999: 1,
  budget: 2.9,
  ringFill: 3,
  underruns: 0,
  latency: 4,
  deviceLatency: 5,
  cpu: 20,
  memory: 180,
  reduction: 0,
  mended: 0,
};

const health = (changed: Partial<Figures>, name: string) =>
  lines({ ...WELL, ...changed }, null).find((line) => line.name === name)?.health;

it("is green when all is well", () => {
  expect(lines(WELL, null).every((line) => line.health === "good")).toBe(true);
});

it("judges the slowest block, not the usual one", () => {
  expect(health({ block999: 2.5 }, "Block")).toBe("warn");
  expect(health({ block999: 3 }, "Block")).toBe("bad");
});

it("counts the page's gaps and its delay when the page sounds", () => {
  const found = lines(WELL, { latency: 30, gaps: 12 });
  expect(found[0]?.text).toContain("34");
  expect(found[1]).toMatchObject({ text: "12", health: "bad", word: "many" });
});

it("says so when the safe gain acts or something was mended", () => {
  expect(health({ reduction: -3 }, "Safe gain")).toBe("warn");
  expect(health({ mended: 2 }, "Mended")).toBe("warn");
});

it("never shows a colour without a word", () => {
  for (const line of lines({ ...WELL, underruns: 50, cpu: 95, memory: 900 }, null)) {
    expect(line.word).not.toBe("");
  }
});
