/** From the browser's pointer events to pointer messages: at once, and at most 250 a second. */

import { computed, signal } from "@preact/signals";
import { gesture } from "../link/link";
import { state } from "../state/store";
import { toMap } from "./geometry";
import { CURSOR, Hand } from "./hand";
import { Pace } from "./pace";

interface Spot {
  time: number;
  hover: [number, number] | null;
}

const hand = new Hand();
const pace = new Pace<Spot>(({ time, hover }) =>
  gesture({ type: "pointer", time, hover, touches: hand.touches }),
);

/** Does the sound go on when the finger lifts? */
export const hold = signal(false);
/** Counts up whenever the fingers change, so that they are drawn. */
export const fingersMoved = signal(0);
/** Where the keyboard's cursor, and the last finger, is. */
export const cursor = signal<[number, number]>([0.5, 0.5]);

/** Whether a mouse that hovers plays: a setting of the pointer. */
const hovers = computed(
  () =>
    state.value?.sources.some((source) => source.kind === "pointer" && source.settings.hover === true) ??
    false,
);

export const touches = () => hand.touches;

export function setHold(on: boolean): void {
  hand.setHold(on);
  hold.value = on;
  changed(performance.now(), true);
}

/** Lift everything; whoever panics wants silence. */
export function letGo(): void {
  hand.clear();
  hold.value = false;
  changed(performance.now(), true);
}

/** Space: sound at the cursor and stay there; once more: stop. */
export function toggleAtCursor(): void {
  if (hold.value) return setHold(false);
  hand.setHold(true);
  hold.value = true;
  const [x, y] = cursor.value;
  if (hand.touches.length === 0) hand.press(CURSOR, x, y, 0.5);
  hand.lift(CURSOR);
  changed(performance.now(), true);
}

/** Move the keyboard's cursor, and the sound with it when it is held there. */
export function moveCursor(to: [number, number]): void {
  cursor.value = to;
  hand.move(CURSOR, to[0], to[1], 0.5);
  changed(performance.now(), false, hand.touches.length === 0 ? to : null);
}

/** Say once more what is pressed: after a reconnection the instrument knows of no finger. */
export function sayAgain(): void {
  if (hand.touches.length > 0) changed(performance.now(), true);
}

/** Listen to an element; `free` says whether a press plays (else somebody else wants it). */
export function playOn(element: HTMLElement, free: (event: PointerEvent) => boolean): () => void {
  const place = (event: PointerEvent): [number, number] => {
    const box = element.getBoundingClientRect();
    return toMap([event.clientX - box.left, event.clientY - box.top], box);
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0 || !free(event)) return;
    const [x, y] = place(event);
    if (!hand.press(event.pointerId, x, y, pressure(event))) return;
    element.setPointerCapture(event.pointerId);
    cursor.value = [x, y];
    changed(event.timeStamp, true);
  };
  const move = (event: PointerEvent) => {
    for (const each of steps(event)) {
      const [x, y] = place(each);
      if (hand.move(event.pointerId, x, y, pressure(each))) {
        cursor.value = [x, y];
        changed(each.timeStamp, false);
      } else if (hovers.value && event.pointerType === "mouse" && hand.touches.length === 0) {
        changed(each.timeStamp, false, [x, y]);
      }
    }
  };
  const up = (event: PointerEvent) => {
    if (hand.lift(event.pointerId)) changed(event.timeStamp, true);
  };
  const leave = (event: PointerEvent) => {
    if (hovers.value && hand.touches.length === 0) changed(event.timeStamp, true);
  };
  // Raw updates come without waiting for the next frame; only some browsers have them.
  const moves = "onpointerrawupdate" in element ? "pointerrawupdate" : "pointermove";
  const events: [string, (event: PointerEvent) => void][] = [
    ["pointerdown", down],
    [moves, move],
    ["pointerup", up],
    ["pointercancel", up],
    ["lostpointercapture", up],
    ["pointerleave", leave],
  ];
  for (const [name, listener] of events) element.addEventListener(name, listener as EventListener);
  return () => {
    for (const [name, listener] of events) element.removeEventListener(name, listener as EventListener);
  };
}

/** The steps between this event and the last one, for a browser that bundles them into frames. */
function steps(event: PointerEvent): PointerEvent[] {
  const all = event.type === "pointermove" ? (event.getCoalescedEvents?.() ?? []) : [];
  return all.length > 0 ? all : [event];
}

function pressure(event: PointerEvent): number {
  return event.pressure > 0 ? Math.min(event.pressure, 1) : 0.5;
}

function changed(time: number, now: boolean, hover: [number, number] | null = null): void {
  if (now) pace.send({ time, hover });
  else pace.offer({ time, hover });
  fingersMoved.value++;
}
