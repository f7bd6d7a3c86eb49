/** Presets: a name, a key, and which one sounds now. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { send } from "../link/link";
import { known } from "../state/store";
import { rove } from "../knobs/rove";
import { Interactions } from "../teach/interactions";
import { Empty, Panel } from "../widgets/fields";
import { current, load, save } from "./actions";
import { freshName, keyOf, saving } from "./logic";
import "./style.css";

export function Presets() {
  const { presets } = known();
  const now = current.value;
  const first = presets.includes(now) ? now : presets[0];
  const grid = useRef<HTMLUListElement>(null);
  const remove = (name: string) => void send({ type: "preset-delete", name });
  return (
    <Panel title="Presets" name="presets">
      <Interactions />
      {presets.length === 0 && <Empty>Save how it sounds now, and come back by a key.</Empty>}
      <ul
        ref={grid}
        class="preset-grid"
        aria-label="Presets"
        onKeyDown={(event) => {
          if (["ArrowLeft", "ArrowUp"].includes(event.key)) rove(event, ".preset", -1);
          if (["ArrowRight", "ArrowDown"].includes(event.key)) rove(event, ".preset", 1);
        }}
      >
        {presets.map((name, index) => (
          <li key={name}>
            <button
              type="button"
              class="preset"
              aria-current={name === now}
              tabIndex={name === first ? 0 : -1}
              {...(keyOf(index) ? { "aria-keyshortcuts": keyOf(index) } : {})}
              onClick={() => void load(name)}
              onKeyDown={(event) => {
                if (event.key !== "Delete") return;
                event.stopPropagation();
                remove(name);
              }}
            >
              <kbd>{keyOf(index)}</kbd>
              <span>{name}</span>
            </button>
            <button
              type="button"
              class="preset-delete"
              tabIndex={-1}
              aria-label={`Delete the preset ${name}`}
              title="Delete (undo brings it back)"
              onClick={() => remove(name)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <Save presets={presets} />
    </Panel>
  );
}

/** Enter saves; an empty name takes the next number. */
function Save({ presets }: { presets: string[] }) {
  const name = useSignal("");
  const fresh = freshName(presets);
  const wanted = name.value.trim() || fresh;
  const replaces = saving(wanted, presets) === "replace";
  return (
    <form
      class="preset-save"
      onSubmit={(event) => {
        event.preventDefault();
        void save(wanted).then((ok) => {
          if (ok) name.value = "";
        });
      }}
    >
      <input
        class="text"
        type="text"
        aria-label="Name of the preset"
        autocomplete="off"
        spellcheck={false}
        maxLength={80}
        placeholder={fresh}
        value={name.value}
        onInput={(event) => {
          name.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key !== "Escape") return;
          name.value = "";
          event.currentTarget.blur();
        }}
      />
      <button type="submit" class="button">
        {replaces ? "Replace" : "Save"}
      </button>
    </form>
  );
}
