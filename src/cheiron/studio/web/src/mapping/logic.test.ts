import { describe, expect, it } from "vitest";
import type { Axis, SourceFigures, SourceState, State } from "../link/protocol";
import * as logic from "./logic";

function axis(name: string, low = 0, high = 1): Axis {
  return { name, low, high, unit: "", default: 0, help: "", kind: "free", marks: [], period: 0 };
}

const x = logic.cable("x", "pitch");

describe("curves", () => {
  it("rise from 0 to 1, bent as the engine bends them", () => {
    for (const { name } of logic.CURVES) {
      expect(logic.bend(name, false, 0)).toBeCloseTo(0);
      expect(logic.bend(name, false, 1)).toBeCloseTo(1);
    }
    expect(logic.bend("exp", false, 0.5)).toBeCloseTo(0.119, 3);
    expect(logic.bend("log", false, 0.5)).toBeCloseTo(0.831, 3);
    expect(logic.bend("linear", true, 0.2)).toBeCloseTo(0.8);
  });

  it("are drawn within their picture", () => {
    const path = logic.curvePath("linear", false, 24, 2);
    expect(path.startsWith("M2.0 22.0")).toBe(true);
    expect(path.endsWith("22.0 2.0")).toBe(true);
  });

  it("come round", () => {
    expect(logic.nextCurve("smooth")).toBe("linear");
  });
});

describe("editing", () => {
  it("keeps the other end, from the axis when the cable has none", () => {
    expect(logic.withEnd(x, "inputs", 1, "0,5", axis("x"))?.inputs).toEqual([0, 0.5]);
    expect(logic.withEnd(x, "outputs", 0, "−30", axis("pitch", -80, -10))?.outputs).toEqual([-30, -10]);
  });

  it("refuses nonsense and an empty input range, and gives the own range back", () => {
    expect(logic.withEnd(x, "inputs", 0, "wide", axis("x"))).toBeNull();
    expect(logic.withEnd(x, "inputs", 0, "1", axis("x"))).toBeNull();
    expect(logic.withEnd(x, "inputs", 0, "1", undefined)).toBeNull();
    expect(logic.withEnd({ ...x, inputs: [0, 0.2] }, "inputs", 0, " ", axis("x"))?.inputs).toBeNull();
  });

  it("shows ends without needless zeros", () => {
    expect(logic.plain(1)).toBe("1");
    expect(logic.plain(-13.9254)).toBe("−13.93");
    expect(logic.plain(Number.NaN)).toBe("");
  });

  it("reads smoothing in milliseconds", () => {
    expect(logic.withSmooth(x, "50")?.smooth).toBe(0.05);
    expect(logic.withSmooth(x, "20000")).toBeNull();
    expect(logic.withSmooth(x, "")).toBeNull();
  });

  it("removes the old cable when the target changes", () => {
    expect(logic.retarget({ ...x, outputs: [1, 2] }, "loudness")).toEqual([
      { type: "disconnect", target: "pitch" },
      { type: "connect", connection: { ...x, target: "loudness", outputs: null } },
    ]);
  });
});

it("says when the source of a cable is gone", () => {
  expect(logic.faultOf(x, [axis("x")], [axis("loudness"), axis("pitch")])).toBe("");
  expect(logic.faultOf(x, [axis("y")], [axis("loudness"), axis("pitch")])).toContain("“x”");
  expect(logic.faultOf(x, [axis("x")], [])).toContain("no knob “pitch”");
});

it("offers targets that nothing drives, texture last", () => {
  const texture: Axis = { ...axis("texture1"), kind: "texture" };
  const free = logic.freeTargets([texture, axis("pitch"), axis("loudness")], [x]);
  expect(free.map((a) => a.name)).toEqual(["loudness", "texture1"]);
});

it("leads cables to the knobs and to what steers the mapping", () => {
  const steering = [axis("explore.1", -1, 1)];
  const mapping = { steering } as unknown as State["mapping"];
  const axes = logic.targetAxes({ axes: [axis("pitch"), axis("loudness")], mapping });
  expect(logic.freeTargets(axes, [x]).map((a) => a.name)).toEqual(["loudness", "explore.1"]);
});

it("says what cables are where they are not all there is", () => {
  expect(logic.cablesHead("map")).toBe("Cables over the map");
  expect(logic.nothingConnected("direct")).toContain("Nothing is connected");
  expect(logic.nothingConnected("map")).toContain("takes one knob over");
});

describe("wiggling", () => {
  const source: SourceState = {
    name: "osc",
    kind: "osc",
    open: true,
    axes: [axis("a", 0, 100), axis("b")],
    settings: {},
    problem: "",
  };
  const now = (values: (number | null)[]): SourceFigures[] => [
    { name: "osc", rate: 1, jitter: 0, values, stuck: [], latency: 0, lost: 0 },
  ];

  it("finds the axis that crosses most of its own range", () => {
    const wiggle = new logic.Wiggle();
    for (const values of [[0, 0.1], [20, 0.9], [0, null]]) wiggle.note([source], now(values));
    expect(wiggle.movers().map((m) => m.name)).toEqual(["b", "a"]);
    expect(wiggle.movers()[0]?.travel).toBeCloseTo(0.8);
  });

  it("is not fooled by standing still, and forgets", () => {
    const wiggle = new logic.Wiggle();
    for (const values of [[50, 0.5], [51, 0.52]]) wiggle.note([source], now(values));
    expect(wiggle.movers()).toEqual([]);
    wiggle.clear();
    wiggle.note([source], now([0, 0]));
    expect(wiggle.movers()).toEqual([]);
  });
});
