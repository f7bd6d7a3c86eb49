import { describe, expect, it } from "vitest";
import type { SourceState } from "../link/protocol";
import * as opening from "./opening";

describe("the form", () => {
  it("has defaults, or the settings of the source that is there", () => {
    expect(opening.answersOf("osc")).toEqual({ port: 9000, host: "127.0.0.1" });
    expect(opening.answersOf("osc", { port: 9001, axes: ["/a.0"] })).toMatchObject({ port: 9001 });
    expect(opening.answersOf("osc", { port: "x" })).toEqual({ port: 9000, host: "127.0.0.1" });
    expect(opening.answersOf("replay", {}, ["a", "b"])).toEqual({ take: "a", loop: true });
    expect(opening.answersOf("keys")).toEqual({});
  });

  it("names the fault in a sentence", () => {
    expect(opening.faultOf("osc", { port: "80" }, [])).toContain("1024");
    expect(opening.faultOf("osc", { port: "9.5" }, [])).not.toBe("");
    expect(opening.faultOf("osc", { port: "9000" }, [])).toBe("");
    expect(opening.faultOf("replay", { take: "" }, [])).toContain("record one");
    expect(opening.faultOf("replay", { take: "a" }, ["a"])).toBe("");
  });

  it("sends numbers as numbers and leaves empty texts out", () => {
    expect(opening.openCommand("osc", { port: "9000" })).toEqual({
      type: "source-open",
      kind: "osc",
      settings: { port: 9000 },
    });
    expect(opening.openCommand("osc", { port: "9001" }, { port: 1, axes: ["/a.0"] })).toMatchObject({
      settings: { port: 9001, axes: ["/a.0"] },
    });
    expect(opening.openCommand("midi", { port: "" }, { port: "old" })).toEqual({
      type: "source-open",
      kind: "midi",
      settings: {},
    });
    expect(opening.openCommand("pointer", { hover: true })).toMatchObject({ settings: { hover: true } });
  });

  it("replays a take by the command that replays", () => {
    const command = opening.openCommand("replay", { take: "a", loop: false });
    expect(command).toEqual({ type: "replay", take: "a", loop: false });
  });

  it("closes what would stay behind at the old port", () => {
    const osc = { name: "osc2", kind: "osc", settings: { port: 9001 } } as unknown as SourceState;
    expect(opening.closing(osc, { port: "9001" })).toEqual([]);
    expect(opening.closing(osc, { port: "9002" })).toEqual([{ type: "source-close", name: "osc2" }]);
  });

  it("is not needed where there is nothing to ask", () => {
    expect(opening.asksNothing("keys")).toBe(true);
    expect(opening.asksNothing("pointer")).toBe(true);
    expect(opening.asksNothing("osc")).toBe(false);
  });
});

it("says settings briefly", () => {
  expect(opening.settingsLine({ port: 9000, axes: ["/a.0"], loop: true, hover: false })).toBe(
    "port 9000, loop",
  );
  expect(opening.settingsLine({ port: 9000, host: "0.0.0.0" })).toBe("port 9000, network");
});
