/** Record, and what has been recorded. */

import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { send } from "../link/link";
import { known, moment } from "../state/store";
import { slow } from "../knobs/live";
import { rove } from "../knobs/rove";
import { Button } from "../widgets/button";
import { Empty, Panel } from "../widgets/fields";
import { toggleRecord } from "./actions";
import { elapsed, level, neighbour, newestFirst, undoes } from "./logic";
import { TakeRow } from "./take";
import "./style.css";

export function Transport() {
  const state = known();
  const deleted = useSignal<{ take: string; before: string } | null>(null);
  const takes = newestFirst(state.takes);
  const names = takes.map((take) => take.name);
  const remove = async (take: string) => {
    const next = neighbour(names, take);
    const before = state.undo;
    const reply = await send({ type: "take-delete", take });
    if (!reply.ok) return;
    deleted.value = { take, before };
    document.querySelector<HTMLElement>(`[data-take="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <Panel title="Takes" name="transport">
      <Record recording={state.recording} />
      {deleted.value && !names.includes(deleted.value.take) && (
        <Deleted
          {...deleted.value}
          now={state.undo}
          onGone={() => {
            deleted.value = null;
          }}
        />
      )}
      {takes.length === 0 && !state.recording && (
        <Empty>No takes yet. Press R, play, press R again.</Empty>
      )}
      <ul
        class="takes"
        aria-label="Takes"
        onKeyDown={(event) => {
          if (event.key === "ArrowUp") rove(event, ".take", -1);
          if (event.key === "ArrowDown") rove(event, ".take", 1);
        }}
      >
        {takes.map((take, index) => (
          <TakeRow
            // A new name is still the same row, which keeps its focus.
            key={take.made}
            take={take}
            names={names}
            reachable={index === 0}
            playing={state.replaying === take.name}
            onDelete={() => void remove(take.name)}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface DeletedProps {
  take: string;
  /** What could be undone before it was deleted. */
  before: string;
  /** What can be undone now. */
  now: string;
  onGone: () => void;
}

/** What was deleted last, and how it comes back. */
function Deleted({ take, before, now, onGone }: DeletedProps) {
  const after = useRef(now);
  return (
    <div class="deleted" role="status">
      <span>
        Deleted <b>{take}</b>.
      </span>
      {undoes(before, after.current, now) && (
        <Button
          tone="accent"
          label={`Bring ${take} back`}
          onPress={() => {
            onGone();
            void send({ type: "undo" });
          }}
        >
          Undo
        </Button>
      )}
      <Button tone="quiet" label="Dismiss" onPress={onGone}>
        ×
      </Button>
    </div>
  );
}

/** The big button; its ring fills with the level. */
function Record({ recording }: { recording: boolean }) {
  const time = useComputed(() => elapsed(slow.value?.recorded ?? 0));
  const meter = useComputed(() => `--level:${level(moment.value?.rms ?? -Infinity).toFixed(3)}`);
  return (
    <div class={`record-bar ${recording ? "on" : ""}`} style={meter}>
      <button
        type="button"
        class="record"
        aria-pressed={recording}
        aria-keyshortcuts="R"
        title={recording ? "Finish the take (R)" : "Record gesture and sound (R)"}
        onClick={toggleRecord}
      >
        <i class="record-dot" aria-hidden="true" />
        {recording ? "Stop" : "Record"}
      </button>
      <span class="record-time" role="timer" aria-label="Recorded">
        {recording ? time : <kbd>R</kbd>}
      </span>
      <span class="record-level" aria-hidden="true">
        <i />
      </span>
    </div>
  );
}
