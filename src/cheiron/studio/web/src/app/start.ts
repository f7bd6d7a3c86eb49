/** What runs as long as the page does: sound, keys, and what is said again after a reconnection. */

import { effect } from "@preact/signals";
import { startSound } from "../audio/player";
import { follow } from "../hands/player";
import { panic, redo, toggleMute, undo } from "../header/actions";
import { listen } from "../keyboard/listen";
import { shortcut } from "../keyboard/shortcuts";
import { helpOpen } from "../keyboard/view";
import { sayAgain } from "../map/player";
import { toggleListening } from "../map/view";
import { connection } from "../state/store";

export function startPage(): () => void {
  startSound();
  const stops = [
    listen(),
    follow(),
    shortcut({ keys: "Escape", does: "panic: silence at once, let everything go", run: panic }),
    shortcut({ keys: "M", does: "mute", run: toggleMute }),
    shortcut({ keys: "Ctrl-Z", does: "undo", run: undo }),
    shortcut({ keys: "Ctrl-Shift-Z", does: "redo", run: redo }),
    shortcut({ keys: "P", does: "hear landmarks instead of playing", run: toggleListening }),
    shortcut({
      keys: "?",
      does: "this list",
      run: () => {
        helpOpen.value = true;
      },
    }),
    effect(() => {
      if (connection.value === "open") sayAgain();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
