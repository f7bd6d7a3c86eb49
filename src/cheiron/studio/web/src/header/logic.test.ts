import { expect, it } from "vitest";
import { decibels, link } from "./logic";

it("shows the gain in decibels", () => {
  expect([1, 2, 0.5, 0].map(decibels)).toEqual(["0\u202fdB", "+6\u202fdB", "−6\u202fdB", "−∞ dB"]);
});

it("says how the link is", () => {
  expect(link("open", 2.13, 0).word).toBe("Connected 2.1\u202fms");
  expect(link("open", 0, 0)).toEqual({ word: "Connected", health: "good" });
  expect(link("lost", 3, 4).word).toContain("in 4");
  expect(link("refused", 0, 0).health).toBe("bad");
});
