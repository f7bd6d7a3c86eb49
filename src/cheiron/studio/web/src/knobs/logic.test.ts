import { describe, expect, it } from "vitest";
import type { Axis, AxisKind, Param, State } from "../link/protocol";
import { drivenBy, groupAxes, groupParams, heldBy, helpOf, toggleLock, turn } from "./logic";

function axis(name: string, kind: AxisKind = "descriptor"): Axis {
  return { name, low: 0, high: 1, unit: "", default: 0.5, help: "", kind, marks: [], period: 0 };
}

const direct: State["mapping"] = {
  kind: "direct",
  kinds: [],
  steering: [],
  connections: [
    {
      source: "x",
      target: "pitch",
      inputs: null,
      outputs: null,
      curve: "linear",
      smooth: 0,
      invert: false,
    },
  ],
  loop: "",
  motion: [],
};

describe("groups", () => {
  it("keep each axis's place in the control point, and fold what is seldom wanted", () => {
    const residuals = Array.from({ length: 8 }, (_, i) => axis(`pc${i + 1}`, "residual"));
    const axes = [...residuals, axis("loudness"), axis("texture1", "texture"), axis("wet", "personal")];
    const groups = groupAxes(axes);
    expect(groups.named.map((p) => p.axis.name)).toEqual(["loudness", "wet"]);
    expect(groups.residual).toHaveLength(6);
    expect(groups.more.map((p) => p.axis.name)).toEqual(["pc7", "pc8"]);
    expect(groups.texture).toEqual([{ axis: axes[9], index: 9 }]);
    expect(groups.named[0]?.index).toBe(8);
  });

  it("of params stand by what is before the dot", () => {
    const param = (name: string) => ({ name }) as Param;
    const groups = groupParams(["explore.radius", "volume", "explore.return_time"].map(param));
    expect(groups.map((g) => g.name)).toEqual(["explore", "general"]);
    expect(groups[0]?.params.map((p) => p.label)).toEqual(["radius", "return time"]);
  });
});

describe("who turns a knob", () => {
  it("is the cable, the map or nobody", () => {
    expect(drivenBy(direct, axis("pitch"))).toBe("x");
    expect(drivenBy({ ...direct, kind: "map" }, axis("pitch"))).toBe("x");
    expect(drivenBy(direct, axis("loudness"))).toBe("");
    expect(drivenBy({ ...direct, kind: "map" }, axis("loudness"))).toBe("map");
    expect(drivenBy({ ...direct, kind: "map" }, axis("t", "texture"))).toBe("");
  });

  it("is the hand when it is locked, whatever drives it", () => {
    expect(heldBy({ value: 1, locked: true }, "x")).toBe("hand");
    expect(heldBy({ value: 1, locked: false }, "x")).toBe("cable");
    expect(heldBy({ value: 1, locked: false }, "")).toBe("hand");
    expect(heldBy(undefined, "")).toBe("rest");
  });

  it("becomes the hand by turning, and only a driven axis needs the lock", () => {
    expect(turn(axis("pitch"), 0.3, "x")).toEqual({ type: "knob", axis: "pitch", value: 0.3, locked: true });
    expect(turn(axis("pitch"), 0.3, "")).toEqual({ type: "knob", axis: "pitch", value: 0.3 });
  });

  it("locks where the axis is now, and the lock gives it back", () => {
    expect(toggleLock(axis("a"), undefined, 0.7)).toMatchObject({ value: 0.7, locked: true });
    expect(toggleLock(axis("a"), undefined, Number.NaN)).toMatchObject({ value: 0.5 });
    expect(toggleLock(axis("a"), { value: 1, locked: true }, 0)).toEqual({ type: "release", axis: "a" });
  });

  it("is said in the help", () => {
    expect(helpOf(axis("a"), "x", undefined)).toContain("Driven by x");
    expect(helpOf(axis("a"), "x", { value: 0, locked: true })).toContain("gives it back");
  });
});

it("says that scenes hold a knob, and that only a cable moves the place", () => {
  const knob = { value: 0, locked: true };
  const scene = { name: "a", space: "", position: 0, placed: false, knobs: { pitch: knob } };
  const map = { ...direct, kind: "map", connections: [] };
  expect(drivenBy(map, axis("pitch", "descriptor"), [scene])).toBe("scenes");
  expect(drivenBy(map, axis("scene", "free"), [scene])).toBe("");
  expect(drivenBy(map, axis("loudness", "descriptor"), [scene])).toBe("map");
});
