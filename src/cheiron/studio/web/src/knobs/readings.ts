/** What a knob shows, bound straight to the moment: a knob is not drawn again while it moves. */

import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { Axis } from "../link/protocol";
import { steady } from "../state/store";
import { useLatest } from "./latest";
import { calmly, slow } from "./live";
import { arc, origin, pointed, shownParts, spoken, toUnit } from "./scale";

export interface Readings {
  /** Dash length and offset of the arc of what sounds, in hundredths of the whole. */
  length: ReadonlySignal<string>;
  start: ReadonlySignal<string>;
  /** Transform of the hand's pointer. */
  hand: ReadonlySignal<string>;
  large: ReadonlySignal<string>;
  small: ReadonlySignal<string>;
  /** For screen readers, seldom enough to be followed. */
  value: ReadonlySignal<number>;
  valueText: ReadonlySignal<string>;
}

/** Readings of the axis at `index` of the control point; `set` is what its knob was set to. */
export function useReadings(
  axis: Axis,
  index: number,
  held: ReadonlySignal<number>,
  set: number | undefined,
): Readings {
  const of = useLatest(axis);
  const wanted = useLatest(set);
  const place = useLatest(index);
  const from = useComputed(() => origin(of.value));
  const at = useComputed(() => {
    const unit = toUnit(of.value, steady.value?.control[place.value] ?? Number.NaN);
    return Number.isFinite(unit) ? unit : from.value;
  });
  const live = useComputed(() => arc(of.value, at.value));
  const text = useComputed(() => {
    const sounding = slow.value?.control[place.value] ?? Number.NaN;
    return shownParts(of.value, Number.isNaN(held.value) ? sounding : held.value);
  });
  const value = useComputed(() => {
    const sounding = calmly.value?.control[place.value] ?? of.value.default;
    return Number.isNaN(held.value) ? sounding : held.value;
  });
  return {
    length: useComputed(() => `${(live.value[1] * 100).toFixed(1)} 200`),
    start: useComputed(() => (-live.value[0] * 100).toFixed(1)),
    hand: useComputed(() => pointer(of.value, Number.isNaN(held.value) ? wanted.value : held.value)),
    large: useComputed(() => text.value[0]),
    small: useComputed(() => text.value[1]),
    value,
    valueText: useComputed(() => spoken(of.value, value.value)),
  };
}

function pointer(axis: Axis, value: number | undefined): string {
  const unit = toUnit(axis, value ?? Number.NaN);
  if (!Number.isFinite(unit)) return "scale(0)";
  return `rotate(${pointed(axis, unit).toFixed(1)} 50 50)`;
}
