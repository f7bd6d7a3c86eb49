/** The page's one ear for keys: shortcuts first, then the letters that play. */

import { gesture } from "../link/link";
import { state } from "../state/store";
import { Held, played } from "./keys";
import { find, shortcuts, takesText } from "./shortcuts";

const held = new Held();

/** Listen from now on; returns how to stop. */
export function listen(): () => void {
  const down = (event: KeyboardEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    // Escape is panic wherever the hand is; everything else is left to a field that is being filled.
    if (event.defaultPrevented || (takesText(target) && event.key !== "Escape")) return;
    // An open dialog has its own Escape, and nothing behind it should move.
    if (document.querySelector("dialog[open]") !== null) return;
    const chosen = find(shortcuts.value, event);
    if (chosen !== undefined) {
      event.preventDefault();
      if (!event.repeat) chosen.run();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !plays()) return;
    if (held.down(played(event.code))) say(event.timeStamp);
  };
  const up = (event: KeyboardEvent) => {
    if (held.up(played(event.code))) say(event.timeStamp);
  };
  // A window that loses the focus hears no key go up.
  const clear = () => {
    if (held.clear()) say(performance.now());
  };
  window.addEventListener("keydown", down);
  window.addEventListener("keyup", up);
  window.addEventListener("blur", clear);
  return () => {
    window.removeEventListener("keydown", down);
    window.removeEventListener("keyup", up);
    window.removeEventListener("blur", clear);
  };
}

function plays(): boolean {
  return state.value?.sources.some((source) => source.kind === "keys" && source.open) ?? false;
}

function say(time: number): void {
  gesture({ type: "keys", time, down: held.list });
}
