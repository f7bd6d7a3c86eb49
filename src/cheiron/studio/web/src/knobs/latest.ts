import { type ReadonlySignal, useSignal } from "@preact/signals";

/** A prop as a signal, so that what is computed from it follows when the component is drawn anew. */
export function useLatest<T>(value: T): ReadonlySignal<T> {
  const latest = useSignal(value);
  if (latest.peek() !== value) latest.value = value;
  return latest;
}
