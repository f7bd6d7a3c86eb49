import { expect, it } from "vitest";
import type { GestureState } from "../link/protocol";
import * as logic from "./logic";

const loop = { name: "hum", length: 2, path: [] };
const take = { name: "take 1", length: 2, made: 0, hasSound: true, hasGesture: true };
const gesture = (name: string, share: number | null = null): GestureState => ({
  name,
  takes: [],
  share,
  words: share === null ? "" : "understood",
  after: [],
});

it("offers what is played, loops, and takes that are no loops yet", () => {
  const all = logic.sounds([loop], [take, { ...take, name: "hum" }, { ...take, name: "mute", hasSound: false }]);
  expect(all.map((each) => each.value)).toEqual(["", "loop hum", "take take 1"]);
  expect(logic.loopOf("loop hum")).toBe("hum");
  expect(logic.loopOf("take hum")).toBe("");
  expect(logic.takeOf("take take 1")).toBe("take 1");
});

it("follows a take that has become a loop", () => {
  const all = logic.sounds([{ ...loop, name: "take 1" }], [take]);
  expect(logic.stillThere("take take 1", all)).toBe("loop take 1");
  expect(logic.stillThere("loop gone", all)).toBe("");
});

it("says what is known of a gesture and no more", () => {
  expect(logic.scoreOf(gesture("a", 2 / 3), false)).toEqual({ number: "67 %", words: "understood" });
  expect(logic.scoreOf(gesture("a"), false)).toEqual({ number: "–", words: "" });
  expect(logic.scoreOf(gesture("a"), true).words).toContain("again");
});

it("names a gesture that has no name", () => {
  expect(logic.freshName([])).toBe("gesture 1");
  expect(logic.freshName([gesture("gesture 2")])).toBe("gesture 3");
});

it("puts gestures into the grammar and takes them out", () => {
  expect(logic.toggled(["a"], "b")).toEqual(["a", "b"]);
  expect(logic.toggled(["a", "b"], "a")).toEqual(["b"]);
});

it("thins a path and keeps its ends", () => {
  const path = Array.from({ length: 300 }, (_, i) => [i / 300, 0, i / 60] as logic.PathPoint);
  const few = logic.thinned(path);
  expect(few).toHaveLength(64);
  expect([few[0], few.at(-1)]).toEqual([path[0], path.at(-1)]);
  expect(logic.thinned(path.slice(0, 5))).toHaveLength(5);
});
