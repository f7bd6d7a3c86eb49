/** What keys do on the whole page; `?` lists it. */

import { signal } from "@preact/signals";

export interface Shortcut {
  /** As people write it: "M", "Escape", "Ctrl-Shift-Z", "?". Ctrl is Command on a Mac. */
  keys: string;
  /** What it does, for the list. */
  does: string;
  run: () => void;
}

/** For the list only, where a component itself listens: the arrows on the map. */
export interface Described {
  keys: string;
  does: string;
}

export const shortcuts = signal<readonly Shortcut[]>([]);

/** Add a shortcut; returns how to remove it. The latest of the same keys wins. */
export function shortcut(added: Shortcut): () => void {
  shortcuts.value = [...shortcuts.value, added];
  return () => {
    shortcuts.value = shortcuts.value.filter((each) => each !== added);
  };
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** The name of what is pressed, as `Shortcut.keys` writes it. */
export function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): string {
  const plain = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  // With a sign such as "?" the shift key is part of the sign.
  const shift = shiftKey && (key.length > 1 || plain !== plain.toLowerCase());
  return [ctrlKey || metaKey ? "Ctrl" : "", altKey ? "Alt" : "", shift ? "Shift" : "", plain]
    .filter(Boolean)
    .join("-");
}

export function find(list: readonly Shortcut[], pressed: Pressed): Shortcut | undefined {
  const name = nameOf(pressed);
  return [...list].reverse().find((each) => each.keys === name);
}

/** Does this element want the keys for itself? */
export function takesText(element: Element | null): boolean {
  if (element === null) return false;
  if (element.matches("textarea, select, [contenteditable]")) return true;
  return element.matches("input:not([type=range], [type=checkbox], [type=radio], [type=button])");
}
