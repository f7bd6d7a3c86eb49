import { describe, expect, it } from "vitest";
import type { Axis, SourceFigures, SourceState } from "../link/protocol";
import * as logic from "./logic";

function source(change: Partial<SourceState> = {}): SourceState {
  return { name: "osc", kind: "osc", open: true, axes: [], settings: {}, problem: "", ...change };
}

function figures(change: Partial<SourceFigures> = {}): SourceFigures {
  return { name: "osc", rate: 100, jitter: 0.5, values: [], stuck: [], ...change };
}

const axis: Axis = { name: "x", low: 0, high: 2, unit: "", default: 0, help: "", kind: "free" };

describe("health", () => {
  it("judges jitter by the time between frames, not in ms", () => {
    expect(logic.healthOf(source(), figures()).word).toBe("steady");
    expect(logic.healthOf(source(), figures({ jitter: 5 })).tone).toBe("fair");
    expect(logic.healthOf(source(), figures({ jitter: 9 })).tone).toBe("poor");
    expect(logic.healthOf(source(), figures({ rate: 10, jitter: 9 })).tone).toBe("good");
  });

  it("says what is wrong before it says how fast", () => {
    expect(logic.healthOf(source({ problem: "port in use" }), figures()).word).toBe("trouble");
    expect(logic.healthOf(source({ open: false }), figures()).word).toBe("closed");
    expect(logic.healthOf(source(), figures({ rate: 0 })).word).toBe("waiting");
    expect(logic.healthOf(source(), undefined).word).toBe("waiting");
  });
});

describe("axes", () => {
  it("stand in their range, undefined apart from stuck", () => {
    const now = logic.axesNow([axis, axis, axis], figures({ values: [1, null], stuck: [true, true] }));
    expect(now[0]).toEqual({ at: 0.5, undefined: false, stuck: true });
    expect(now[1]).toMatchObject({ undefined: true, stuck: false });
    expect(now[2]?.undefined).toBe(true);
  });
});

describe("the form", () => {
  it("has defaults, or the settings of the source that is there", () => {
    expect(logic.answersOf("osc")).toEqual({ port: 9000 });
    expect(logic.answersOf("osc", { port: 9001, axes: ["/a.0"] })).toEqual({ port: 9001 });
    expect(logic.answersOf("osc", { port: "x" })).toEqual({ port: 9000 });
    expect(logic.answersOf("replay", {}, ["a", "b"])).toEqual({ take: "a", loop: true });
    expect(logic.answersOf("keys")).toEqual({});
  });

  it("names the fault in a sentence", () => {
    expect(logic.faultOf("osc", { port: "80" }, [])).toContain("1024");
    expect(logic.faultOf("osc", { port: "9.5" }, [])).not.toBe("");
    expect(logic.faultOf("osc", { port: "9000" }, [])).toBe("");
    expect(logic.faultOf("replay", { take: "" }, [])).toContain("record one");
    expect(logic.faultOf("replay", { take: "a" }, ["a"])).toBe("");
  });

  it("sends numbers as numbers and leaves empty texts out", () => {
    expect(logic.openCommand("osc", { port: "9000" })).toEqual({
      type: "source-open",
      kind: "osc",
      settings: { port: 9000 },
    });
    expect(logic.openCommand("osc", { port: "9001" }, { port: 1, axes: ["/a.0"] })).toMatchObject({
      settings: { port: 9001, axes: ["/a.0"] },
    });
    expect(logic.openCommand("midi", { port: "" }, { port: "old" })).toEqual({
      type: "source-open",
      kind: "midi",
      settings: {},
    });
    expect(logic.openCommand("midi", { port: "", mpe: true })).toMatchObject({ settings: { mpe: true } });
  });
});

describe("what arrives", () => {
  const osc = source({ settings: { port: 9000, axes: ["/acc.1"] } });

  it("offers each number of each address", () => {
    const list = logic.arriving(osc, figures({ arriving: [{ address: "/acc", rate: 50, values: [1, 2] }] }));
    expect(list[0]?.values).toEqual([
      { axis: "/acc.0", value: 1, used: false },
      { axis: "/acc.1", value: 2, used: true },
    ]);
    expect(logic.arriving(osc, undefined)).toEqual([]);
  });

  it("is taken up and put down without losing the other settings", () => {
    expect(logic.use(osc, ["/acc.0", "/acc.1"])).toEqual({
      type: "source-open",
      kind: "osc",
      settings: { port: 9000, axes: ["/acc.1", "/acc.0"] },
    });
    expect(logic.use(osc, ["/acc.1"])).toMatchObject({ settings: { port: 9000, axes: [] } });
  });
});

it("says settings briefly", () => {
  expect(logic.settingsLine({ port: 9000, axes: ["/a.0"], loop: true, mpe: false })).toBe("port 9000, loop");
});
