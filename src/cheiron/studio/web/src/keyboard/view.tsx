/** The list of shortcuts. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../widgets/button";
import { type Described, shortcuts } from "./shortcuts";
import "./style.css";

export const helpOpen = signal(false);

const ON_THE_MAP: readonly Described[] = [
  { keys: "Arrows", does: "move the cursor on the map (Shift: slowly)" },
  { keys: "Space", does: "sound at the cursor and stay there; again: stop" },
  { keys: "Enter", does: "hear the landmark nearest to the cursor" },
  { keys: "Alt-click", does: "hear a landmark" },
];
const PLAYING: Described = {
  keys: "A – ;",
  does: "play, when the source “keys” is open; other free letters too",
};

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const close = () => {
    helpOpen.value = false;
  };
  const lines: Described[] = [...shortcuts.value, ...ON_THE_MAP, PLAYING];
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keys"
      onClose={close}
      onClick={(e) => e.target === dialog.current && close()}
    >
      <header class="help-head">
        <h2>Keys</h2>
        <Button onPress={close}>Close</Button>
      </header>
      <dl class="help-list">
        {lines.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
