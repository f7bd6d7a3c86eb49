/** Turning a number by hand: drag, wheel, keys and typing, for dials and for faders. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { byKey, dragged, fromUnit, isRound, type Range, startsTyping, stepped, toUnit } from "./scale";

/** How long the hand's value is shown after the last turn, until the instrument's own comes, ms. */
const LINGER = 500;

export interface Turnable {
  range: Range;
  orientation: "vertical" | "horizontal";
  /** Where it is now. */
  read: () => number;
  write: (value: number) => void;
  /** Back to what moves it without the hand. */
  release: () => void;
  /** Further keys, while the focus came by keyboard. */
  keys?: Record<string, () => void>;
}

/** The hand on one control. */
export class Hand {
  /** What the hand says; NaN while it does not turn. */
  readonly held = signal(Number.NaN);
  /** The text that typing began with; null while nobody types. */
  readonly typing = signal<string | null>(null);
  readonly handlers = {
    onPointerDown: (event: PointerEvent) => this.grab(event),
    onPointerMove: (event: PointerEvent) => this.pull(event),
    onPointerUp: () => this.letGo(),
    onPointerCancel: () => this.letGo(),
    onDblClick: () => this.release(),
    onWheel: (event: WheelEvent) => this.roll(event),
    onKeyDown: (event: KeyboardEvent) => this.key(event),
    onBlur: () => {
      this.pressed = false;
    },
  };
  private drag: { at: number; unit: number } | null = null;
  /** Focused by a press: digits and letters then belong to presets and playing, until an arrow is used. */
  private pressed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(public options: Turnable) {}

  /** Typing is over, with a value or without. */
  type(value: number | null): void {
    this.typing.value = null;
    if (value !== null) this.set(value);
  }

  /** The control has gone. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private now(): number {
    return Number.isNaN(this.held.peek()) ? this.options.read() : this.held.peek();
  }

  private set(value: number): void {
    this.held.value = value;
    this.options.write(value);
    this.linger();
  }

  private linger(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.drag === null) this.held.value = Number.NaN;
    }, LINGER);
  }

  private release(): void {
    this.held.value = Number.NaN;
    this.options.release();
  }

  private where(event: PointerEvent): number {
    return this.options.orientation === "vertical" ? -event.clientY : event.clientX;
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0 || this.typing.peek() !== null) return;
    const element = event.currentTarget as HTMLElement;
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
    this.pressed = true;
    this.drag = { at: this.where(event), unit: toUnit(this.options.range, this.now()) || 0 };
  }

  private pull(event: PointerEvent): void {
    const at = this.where(event);
    if (this.drag === null || at === this.drag.at) return;
    const round = isRound(this.options.range);
    this.drag.unit = dragged(this.drag.unit, at - this.drag.at, event.shiftKey, round);
    this.drag.at = at;
    this.set(fromUnit(this.options.range, this.drag.unit));
  }

  private letGo(): void {
    this.drag = null;
    this.linger();
  }

  private roll(event: WheelEvent): void {
    // Only where the focus is, so that scrolling past never changes the sound.
    if (document.activeElement !== event.currentTarget || event.deltaY === 0) return;
    event.preventDefault();
    const size = event.shiftKey ? "fine" : "step";
    this.set(stepped(this.options.range, this.now(), size, event.deltaY < 0 ? 1 : -1));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.typing.peek() !== null) return;
    if (!this.takes(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private takes(event: KeyboardEvent): boolean {
    const { range, orientation, keys } = this.options;
    const value = byKey(range, this.now(), event.key, event.shiftKey, orientation);
    if (value !== null) this.set(value);
    else if (event.key === "Delete" || event.key === "Backspace") this.release();
    else if (event.key === "Enter") this.typing.value = "";
    else if (this.pressed) return false;
    else if (startsTyping(event.key)) this.typing.value = event.key;
    else if (keys?.[event.key]) keys[event.key]?.();
    else return false;
    this.pressed = false;
    return true;
  }
}

/** The hand on the control that is being drawn. */
export function useHand(options: Turnable): Hand {
  const kept = useRef<Hand | null>(null);
  kept.current ??= new Hand(options);
  const hand = kept.current;
  hand.options = options;
  useEffect(() => () => hand.stop(), [hand]);
  return hand;
}
