/** Short sentences for the player: they appear, are read aloud by screen readers, and go. */

import { type Toast, toasts } from "./store";

const LIFETIME_MS = { info: 5000, warning: 9000, error: 14000 } as const;
const MOST = 4;

let next = 1;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

/** Show a sentence; the same sentence again only counts up. */
export function say(level: Toast["level"], text: string): void {
  const same = toasts.value.find((toast) => toast.text === text);
  const toast: Toast = same
    ? { ...same, level, count: same.count + 1 }
    : { id: next++, level, text, count: 1 };
  const others = toasts.value.filter((other) => other.id !== toast.id);
  for (const gone of others.slice(0, Math.max(0, others.length - MOST + 1))) forget(gone.id);
  toasts.value = [...others.slice(-(MOST - 1)), toast];
  forget(toast.id);
  timers.set(
    toast.id,
    setTimeout(() => dismiss(toast.id), LIFETIME_MS[level]),
  );
}

export function dismiss(id: number): void {
  forget(id);
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

function forget(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}
