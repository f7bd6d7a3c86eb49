import { describe, expect, it } from "vitest";
import type { State } from "../link/protocol";
import * as logic from "./logic";

function output(change: Partial<State["output"]> = {}): State["output"] {
  return {
    kind: "device",
    device: "Speakers",
    devices: ["Speakers", "Headphones"],
    sampleRate: 48000,
    block: 128,
    problem: "",
    ...change,
  };
}

describe("places for the sound", () => {
  it("are the devices, the page and nowhere", () => {
    const list = logic.choices(output());
    expect(list.map((c) => c.label)).toEqual([
      "Speakers",
      "Headphones",
      "this page",
      "nowhere (silent)",
    ]);
    expect(list.some((c) => c.value === logic.chosen(output()))).toBe(true);
  });

  it("keep a device that was unplugged, marked", () => {
    const gone = output({ device: "USB" });
    expect(logic.choices(gone)[0]?.label).toBe("USB (not there)");
    expect(logic.choices(gone)[0]?.value).toBe(logic.chosen(gone));
  });
});

describe("block sizes", () => {
  it("are told in time and include the one in use", () => {
    expect(logic.blockLabel(128, 48000)).toBe("128 – 2.7\u202fms");
    expect(logic.blockLabel(128, 0)).toBe("128");
    expect(logic.blocks(output({ block: 480 }))).toEqual([64, 128, 256, 480, 512, 1024]);
  });

  it("change without changing the place", () => {
    expect(logic.blockCommand(output(), 256)).toEqual({
      type: "output",
      kind: "device",
      device: "Speakers",
      block: 256,
    });
    expect(logic.blockCommand(output({ kind: "page" }), 256)).not.toHaveProperty("device");
  });
});

describe("trouble", () => {
  it("offers to try again, another device, and the page", () => {
    const list = logic.remedies(output({ problem: "The device is gone." }));
    expect(list.map((r) => r.label)).toEqual([
      "Try again",
      "Use Headphones",
      "Play through this page",
    ]);
    expect(logic.remedies(output())).toEqual([]);
  });
});

it("knows an OSC target", () => {
  for (const good of ["", "127.0.0.1:9001", "studio.local:57120", "[::1]:9000"]) {
    expect(logic.oscFault(good)).toBe("");
  }
  for (const bad of ["9001", "host:", "host:99999", "a b:1"]) {
    expect(logic.oscFault(bad)).toContain("host:port");
  }
});
