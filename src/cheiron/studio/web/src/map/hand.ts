/**
 * The fingers on the map: who presses where, and what stays when they lift ("hold").
 *
 * A finger is the browser's pointer id, or `CURSOR` for the keyboard's; it gets the lowest free of five
 * numbers, so that the first finger is always touch 0, whatever the browser calls it.
 */

import type { Touch } from "../link/protocol";

export const MOST_FINGERS = 5;
/** The pointer id of the keyboard's cursor: no browser gives a negative one but -1. */
export const CURSOR = -2;

interface Finger {
  pointer: number;
  touch: Touch;
  /** Lifted, but held. */
  left: boolean;
}

export class Hand {
  private fingers: Finger[] = [];
  private holding = false;

  get touches(): Touch[] {
    return this.fingers.map((finger) => finger.touch);
  }

  get hold(): boolean {
    return this.holding;
  }

  /** Turning hold off lifts what no finger presses any more. */
  setHold(on: boolean): void {
    this.holding = on;
    if (!on) this.fingers = this.fingers.filter((finger) => !finger.left);
  }

  /** True when the finger is on the map from now on; a sixth is ignored. */
  press(pointer: number, x: number, y: number, pressure: number): boolean {
    // Whoever presses takes the sound over from what was held.
    this.fingers = this.fingers.filter((finger) => !finger.left && finger.pointer !== pointer);
    const taken = this.fingers.map((finger) => finger.touch.id);
    const id = [0, 1, 2, 3, 4].find((each) => !taken.includes(each));
    if (id === undefined) return false;
    this.fingers.push({ pointer, touch: { id, x, y, pressure }, left: false });
    this.fingers.sort((a, b) => a.touch.id - b.touch.id);
    return true;
  }

  /** True when that finger is pressing or held. */
  move(pointer: number, x: number, y: number, pressure: number): boolean {
    const finger = this.fingers.find((each) => each.pointer === pointer);
    if (finger === undefined) return false;
    finger.touch = { id: finger.touch.id, x, y, pressure };
    return true;
  }

  /** True when something changed. */
  lift(pointer: number): boolean {
    const finger = this.fingers.find((each) => each.pointer === pointer && !each.left);
    if (finger === undefined) return false;
    finger.left = true;
    if (!this.holding) this.fingers = this.fingers.filter((each) => each !== finger);
    return true;
  }

  /** Lift everything, held or not, and end the hold: panic, a lost window. */
  clear(): void {
    this.fingers = [];
    this.holding = false;
  }
}
