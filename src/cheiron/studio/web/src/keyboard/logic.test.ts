import { expect, it } from "vitest";
import { Held, played } from "./keys";
import { find, nameOf, type Shortcut } from "./shortcuts";

const key = (key: string, held: Partial<KeyboardEvent> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

it.each([
  [key("m"), "M"],
  [key("?", { shiftKey: true }), "?"],
  [key("z", { ctrlKey: true }), "Ctrl-Z"],
  [key("Z", { metaKey: true, shiftKey: true }), "Ctrl-Shift-Z"],
  [key(" "), "Space"],
  [key("Escape"), "Escape"],
])("names a key as people do (%#)", (pressed, name) => {
  expect(nameOf(pressed)).toBe(name);
});

it("lets the latest of the same keys win", () => {
  const shortcut = (does: string): Shortcut => ({ keys: "R", does, run: () => undefined });
  expect(find([shortcut("first"), shortcut("second")], key("r"))?.does).toBe("second");
  expect(find([shortcut("first")], key("r", { ctrlKey: true }))).toBeUndefined();
});

it("plays by the place of a key, not by its letter", () => {
  expect(["KeyA", "Digit1", "Semicolon", "Space", "F1"].map(played)).toEqual([
    "KeyA",
    "Digit1",
    "Semicolon",
    "",
    "",
  ]);
});

it("says each change once, though a held key repeats", () => {
  const held = new Held();
  expect([held.down("KeyA"), held.down("KeyA"), held.down("KeyS"), held.down("")]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(held.list).toEqual(["KeyA", "KeyS"]);
  expect([held.up("KeyA"), held.up("KeyA")]).toEqual([true, false]);
  expect([held.clear(), held.clear(), held.list]).toEqual([true, false, []]);
});
