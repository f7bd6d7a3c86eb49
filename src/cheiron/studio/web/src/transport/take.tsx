import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { send } from "../link/link";
import type { TakeState } from "../link/protocol";
import { Button } from "../widgets/button";
import { clock } from "../widgets/format";
import { download, toggleReplay } from "./actions";
import { Icon } from "./icons";
import { contents, nameFault, when } from "./logic";

interface Props {
  take: TakeState;
  names: string[];
  /** Can be reached by Tab; the others by arrow keys. */
  reachable: boolean;
  playing: boolean;
  onDelete: () => void;
}

/** One take. Enter plays, L loops, F2 renames, Delete deletes. */
export function TakeRow({ take, names, reachable, playing, onDelete }: Props) {
  const renaming = useSignal(false);
  const row = useRef<HTMLLIElement>(null);
  const rename = () => {
    renaming.value = true;
  };
  const keys: Record<string, () => void> = {
    Enter: () => take.hasGesture && toggleReplay(take.name, false),
    l: () => take.hasGesture && toggleReplay(take.name, true),
    F2: rename,
    Delete: onDelete,
  };
  return (
    <li
      ref={row}
      class={`take ${playing ? "playing" : ""}`}
      tabIndex={reachable ? 0 : -1}
      data-take={take.name}
      aria-label={`${take.name}, ${clock(take.length)}, ${contents(take)}`}
      onKeyDown={(event) => {
        const act = keys[event.key];
        if (event.target !== row.current || !act || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        act();
      }}
    >
      <Button
        label={playing ? `Stop ${take.name}` : `Replay ${take.name}`}
        on={playing}
        disabled={!take.hasGesture}
        onPress={() => toggleReplay(take.name, false)}
      >
        <Icon name={playing ? "stop" : "play"} />
      </Button>
      {renaming.value ? (
        <Rename
          take={take.name}
          names={names}
          onDone={() => {
            renaming.value = false;
            row.current?.focus();
          }}
        />
      ) : (
        <button type="button" class="take-name" title="Rename (F2)" tabIndex={-1} onClick={rename}>
          <b>{take.name}</b>
          <span>
            <span>{clock(take.length)}</span> <span>{when(take.made, new Date())}</span>
          </span>
        </button>
      )}
      <span class="take-tools">
        <Button
          tone="quiet"
          label={`Replay ${take.name} in a loop`}
          disabled={!take.hasGesture}
          onPress={() => void send({ type: "replay", take: take.name, loop: true })}
        >
          <Icon name="loop" />
        </Button>
        <Button
          tone="quiet"
          label={`Loop from ${take.name}, to explore around`}
          disabled={!take.hasGesture && !take.hasSound}
          onPress={() => void send({ type: "loop-from-take", take: take.name })}
        >
          <Icon name="path" />
        </Button>
        <Button
          tone="quiet"
          label={`Download ${take.name}`}
          disabled={!take.hasSound}
          onPress={() => void download(take.name)}
        >
          <Icon name="save" />
        </Button>
        <Button tone="quiet" label={`Delete ${take.name}`} onPress={onDelete}>
          <Icon name="remove" />
        </Button>
      </span>
    </li>
  );
}

/** The name as a field: Enter or leaving takes it, Escape keeps the old one. */
function Rename({ take, names, onDone }: { take: string; names: string[]; onDone: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const fault = useSignal("");
  const done = useRef(false);
  useLayoutEffect(() => input.current?.select(), []);
  const close = () => {
    if (done.current) return;
    done.current = true;
    onDone();
  };
  const accept = async () => {
    const name = input.current?.value.trim() ?? take;
    fault.value = nameFault(name, take, names);
    if (fault.value || done.current) return;
    if (name !== take) {
      const reply = await send({ type: "take-rename", take, name });
      if (!reply.ok) return;
    }
    close();
  };
  return (
    <span class="take-rename">
      <input
        ref={input}
        class="text"
        type="text"
        aria-label={`New name of ${take}`}
        aria-invalid={fault.value !== ""}
        autocomplete="off"
        spellcheck={false}
        maxLength={80}
        defaultValue={take}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter") void accept();
          if (event.key === "Escape") close();
        }}
        onBlur={() => (nameFault(input.current?.value ?? "", take, names) ? close() : void accept())}
      />
      {fault.value && <small role="alert">{fault.value}</small>}
    </span>
  );
}
