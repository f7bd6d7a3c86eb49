/** Turning a number by hand: drag, wheel, keys and typing, for dials and for faders. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { byKey, dragged, fromUnit, type Range, startsTyping, stepped, toUnit } from "./scale";

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

export interface Turning {
  /** What the hand says; NaN while it does not turn. */
  held: Signal<number>;
  /** The text that typing began with; null while nobody types. */
  typing: Signal<string | null>;
  type: (value: number | null) => void;
  handlers: {
    onPointerDown: (event: PointerEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerUp: (event: PointerEvent) => void;
    onPointerCancel: (event: PointerEvent) => void;
    onDblClick: () => void;
    onWheel: (event: WheelEvent) => void;
    onKeyDown: (event: KeyboardEvent) => void;
    onBlur: () => void;
  };
}

/** State and handlers of one control. */
export function useTurning(options: Turnable): Turning {
  const held = useSignal(Number.NaN);
  const typing = useSignal<string | null>(null);
  const drag = useRef<{ at: number; unit: number } | null>(null);
  // Focused by a press: digits and letters then belong to presets and playing, until an arrow is used.
  const pressed = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const linger = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (drag.current === null) held.value = Number.NaN;
    }, LINGER);
  };
  const now = () => (Number.isNaN(held.peek()) ? options.read() : held.peek());
  const set = (value: number) => {
    held.value = value;
    options.write(value);
    linger();
  };
  const release = () => {
    held.value = Number.NaN;
    options.release();
  };
  const where = (event: PointerEvent) =>
    options.orientation === "vertical" ? -event.clientY : event.clientX;

  return {
    held,
    typing,
    type: (value) => {
      typing.value = null;
      if (value !== null) set(value);
    },
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0 || typing.peek() !== null) return;
        const element = event.currentTarget as HTMLElement;
        element.setPointerCapture(event.pointerId);
        element.focus({ preventScroll: true });
        pressed.current = true;
        drag.current = { at: where(event), unit: toUnit(options.range, now()) || 0 };
      },
      onPointerMove: (event) => {
        if (drag.current === null) return;
        const at = where(event);
        if (at === drag.current.at) return;
        drag.current.unit = dragged(drag.current.unit, at - drag.current.at, event.shiftKey);
        drag.current.at = at;
        set(fromUnit(options.range, drag.current.unit));
      },
      onPointerUp: () => {
        drag.current = null;
        linger();
      },
      onPointerCancel: () => {
        drag.current = null;
        linger();
      },
      onDblClick: release,
      onWheel: (event) => {
        // Only where the focus is, so that scrolling past never changes the sound.
        if (document.activeElement !== event.currentTarget || event.deltaY === 0) return;
        event.preventDefault();
        set(stepped(options.range, now(), event.shiftKey ? "fine" : "step", event.deltaY < 0 ? 1 : -1));
      },
      onKeyDown: (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || typing.peek() !== null) return;
        if (!keyed(event)) return;
        event.preventDefault();
        event.stopPropagation();
      },
      onBlur: () => {
        pressed.current = false;
      },
    },
  };

  function keyed(event: KeyboardEvent): boolean {
    const value = byKey(options.range, now(), event.key, event.shiftKey, options.orientation);
    if (value !== null) set(value);
    else if (event.key === "Delete" || event.key === "Backspace") release();
    else if (event.key === "Enter") typing.value = "";
    else if (pressed.current) return false;
    else if (startsTyping(event.key)) typing.value = event.key;
    else if (options.keys?.[event.key]) options.keys[event.key]?.();
    else return false;
    pressed.current = false;
    return true;
  }
}
