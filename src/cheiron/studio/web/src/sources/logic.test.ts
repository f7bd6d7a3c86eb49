import { describe, expect, it } from "vitest";
import type { Axis, SourceFigures, SourceState } from "../link/protocol";
import * as logic from "./logic";

function source(change: Partial<SourceState> = {}): SourceState {
  return { name: "osc", kind: "osc", open: true, axes: [], settings: {}, problem: "", ...change };
}

function figures(change: Partial<SourceFigures> = {}): SourceFigures {
  const none = { values: [], stuck: [], latency: 0, lost: 0 };
  return { name: "osc", rate: 100, jitter: 0.5, ...none, ...change };
}

const axis: Axis = { name: "x", low: 0, high: 2, unit: "", default: 0, help: "", kind: "free", marks: [], period: 0 };

describe("health", () => {
  it("judges jitter by the time between frames, not in ms", () => {
    expect(logic.healthOf(source(), figures()).word).toBe("steady");
    expect(logic.healthOf(source(), figures({ jitter: 5 })).tone).toBe("fair");
    expect(logic.healthOf(source(), figures({ jitter: 9 })).tone).toBe("poor");
    expect(logic.healthOf(source(), figures({ rate: 10, jitter: 9 })).tone).toBe("good");
  });

  it("says how late a sensor is and what was lost, once there is something to say", () => {
    expect(logic.healthOf(source(), figures()).detail).not.toMatch(/late|lost/);
    expect(logic.healthOf(source(), figures({ latency: 4.2, lost: 3 })).detail).toMatch(/4\.2.ms late, 3 lost/);
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
    expect(logic.useAll(osc)).toMatchObject({ settings: { port: 9000, axes: [] } });
  });

  it("keeps the range that somebody gave an axis, and knows axes without an index", () => {
    const ranged = { address: "/acc", index: 1, low: -2, high: 2 };
    const set = source({ settings: { axes: [ranged, "/fader"] } });
    expect(logic.chosen(set)).toEqual(["/acc.1", "/fader.0"]);
    expect(logic.use(set, ["/x.0"])).toMatchObject({ settings: { axes: [ranged, "/fader", "/x.0"] } });
    expect(logic.use(set, ["/acc.1"])).toMatchObject({ settings: { axes: ["/fader"] } });
  });
});
