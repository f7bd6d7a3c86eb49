import { describe, expect, it } from "vitest";
import { CURSOR, Hand } from "./hand";

const ids = (hand: Hand) => hand.touches.map((touch) => touch.id);

describe("Hand", () => {
  it("numbers fingers from 0, whatever the browser calls them", () => {
    const hand = new Hand();
    hand.press(901, 0.1, 0.2, 0.5);
    hand.press(77, 0.3, 0.4, 0.5);
    expect(ids(hand)).toEqual([0, 1]);
    hand.lift(901);
    expect(ids(hand)).toEqual([1]);
    hand.press(5, 0, 0, 1);
    expect(ids(hand)).toEqual([0, 1]);
  });

  it("ignores a sixth finger and one that never pressed", () => {
    const hand = new Hand();
    for (let pointer = 1; pointer <= 5; pointer++) expect(hand.press(pointer, 0, 0, 1)).toBe(true);
    expect(hand.press(6, 0, 0, 1)).toBe(false);
    expect(hand.move(6, 1, 1, 1)).toBe(false);
    expect(hand.lift(6)).toBe(false);
    expect(hand.touches).toHaveLength(5);
  });

  it("keeps the sound where the finger left it while it holds", () => {
    const hand = new Hand();
    hand.setHold(true);
    hand.press(1, 0.2, 0.3, 0.5);
    hand.lift(1);
    expect(hand.touches).toEqual([{ id: 0, x: 0.2, y: 0.3, pressure: 0.5 }]);
    hand.setHold(false);
    expect(hand.touches).toEqual([]);
  });

  it("does not lift a finger that still presses when hold ends", () => {
    const hand = new Hand();
    hand.setHold(true);
    hand.press(1, 0.2, 0.3, 0.5);
    hand.setHold(false);
    expect(hand.touches).toHaveLength(1);
  });

  it("lets a new press take over what is held, and never leaves a ghost", () => {
    const hand = new Hand();
    hand.setHold(true);
    hand.press(1, 0.2, 0.3, 0.5);
    hand.lift(1);
    hand.press(2, 0.8, 0.8, 0.5);
    expect(hand.touches).toEqual([{ id: 0, x: 0.8, y: 0.8, pressure: 0.5 }]);
    hand.press(2, 0.1, 0.1, 0.5);
    expect(hand.touches).toHaveLength(1);
  });

  it("moves what the cursor holds", () => {
    const hand = new Hand();
    hand.setHold(true);
    hand.press(CURSOR, 0.5, 0.5, 0.5);
    hand.lift(CURSOR);
    expect(hand.move(CURSOR, 0.6, 0.5, 0.5)).toBe(true);
    expect(hand.touches[0]?.x).toBe(0.6);
  });

  it("lets everything go", () => {
    const hand = new Hand();
    hand.setHold(true);
    hand.press(1, 0, 0, 1);
    hand.clear();
    expect([hand.touches.length, hand.hold]).toEqual([0, false]);
  });
});
