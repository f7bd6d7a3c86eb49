import { describe, expect, it } from "vitest";
import type { State } from "../link/protocol";
import { byKey, Current, fingerprint, freshName, keyOf, saving, SETTLE } from "./logic";

function state(pitch: number, presets = ["a", "b"]): State {
  return {
    model: { name: "sax" },
    space: "pca",
    scenes: [],
    knobs: { pitch: { value: pitch, locked: false } },
    mapping: { kind: "map", loop: "", connections: [] },
    params: [],
    presets,
  } as unknown as State;
}

describe("the current preset", () => {
  it("is the one that was loaded, until something changes, and again after undo", () => {
    const current = new Current();
    current.mark("a", state(60), 0);
    expect(current.of(state(60), SETTLE + 1)).toBe("a");
    expect(current.of(state(61), SETTLE + 2)).toBe("");
    expect(current.of(state(60), SETTLE + 3)).toBe("a");
  });

  it("waits for the state that comes after the answer", () => {
    const current = new Current();
    current.mark("b", state(1), 0);
    expect(current.of(state(60), 100)).toBe("b");
    expect(current.of(state(60), SETTLE + 100)).toBe("b");
    expect(current.of(state(1), SETTLE + 200)).toBe("");
  });

  it("is not what the hand does right after loading", () => {
    const current = new Current();
    current.mark("a", state(60), 0);
    current.touched();
    expect(current.of(state(61), 100)).toBe("");
  });

  it("is none that has been deleted", () => {
    const current = new Current();
    current.mark("a", state(60), 0);
    expect(current.of(state(60, ["b"]), SETTLE + 1)).toBe("");
  });
});

it("is the same wherever its scenes have led", () => {
  const at = (space: string) => ({ ...state(60), space, scenes: [{ name: "dawn" }] }) as State;
  expect(fingerprint(at("pca"))).toBe(fingerprint(at("descriptors")));
});

it("does not see what nobody hears", () => {
  expect(fingerprint(state(60))).toBe(fingerprint(state(60 + 1e-9)));
});

it("has keys 1 to 9", () => {
  expect(keyOf(8)).toBe("9");
  expect(keyOf(9)).toBe("");
  expect(byKey(["a", "b"], "2")).toBe("b");
  expect(byKey(["a", "b"], "3")).toBe("");
  expect(byKey(["a", "b"], "0")).toBe("");
});

it("suggests a name and says what saving does", () => {
  expect(freshName(["preset 2"])).toBe("preset 3");
  expect(saving(" a ", ["a"])).toBe("replace");
  expect(saving("c", ["a"])).toBe("new");
  expect(saving("  ", ["a"])).toBe("nothing");
});
