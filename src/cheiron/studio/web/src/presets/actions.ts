/** Saving and loading presets, for the panel and for the keys 1 to 9. */

import { computed, signal } from "@preact/signals";
import { shortcut } from "../keyboard/shortcuts";
import { send } from "../link/link";
import { state } from "../state/store";
import { byKey, Current, SETTLE } from "./logic";

const memory = new Current();
const marked = signal(0);

/** The preset that sounds unchanged; empty for none. */
export const current = computed(() => {
  void marked.value;
  const now = state.value;
  return now ? memory.of(now, performance.now()) : "";
});

export async function load(name: string): Promise<void> {
  mark(name, (await send({ type: "preset-load", name })).ok);
}

export async function save(name: string): Promise<boolean> {
  const { ok } = await send({ type: "preset-save", name });
  mark(name, ok);
  return ok;
}

/** Load what a key stands for; false when it stands for nothing. */
export function loadByKey(key: string): boolean {
  const name = byKey(state.value?.presets ?? [], key);
  if (name) void load(name);
  return name !== "";
}

function mark(name: string, ok: boolean): void {
  const now = state.value;
  if (!ok || !now) return;
  memory.mark(name, now, performance.now());
  marked.value += 1;
  // The state may come after the answer; look once more when it has surely come.
  setTimeout(() => {
    marked.value += 1;
  }, SETTLE);
}

// A hand that moves a knob while a preset still settles makes it another sound.
for (const event of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(event, () => memory.touched(), { capture: true, passive: true });
}

for (const key of "123456789") {
  shortcut({ keys: key, does: `Load preset ${key}`, run: () => void loadByKey(key) });
}
