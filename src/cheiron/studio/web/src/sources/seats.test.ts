import { expect, test } from "vitest";
import type { PhoneSeat, SourceState } from "../link/protocol";
import { freeSeat, seatOf, seatWords } from "./seats";

const phone = (settings: Record<string, unknown>): SourceState => ({
  name: "phone",
  kind: "phone",
  open: true,
  axes: [],
  settings,
  problem: "",
});
const SEAT: PhoneSeat = { seat: 1, source: "phone", link: "", picture: "", here: false, known: false, state: "" };

test("the next phone takes the first free seat", () => {
  expect(seatOf(phone({}))).toBe(1);
  expect(freeSeat({ sources: [] })).toBe(1);
  expect(freeSeat({ sources: [phone({ seat: 2 }), phone({ seat: 1 })] })).toBe(3);
});

test("a phone that is here and one that has gone are told apart", () => {
  expect(seatWords(SEAT)).toBe("");
  expect(seatWords({ ...SEAT, here: true, known: true, state: "here" })).toContain("press Start");
  expect(seatWords({ ...SEAT, known: true })).toContain("comes back");
});
