/** Teaching by demonstration: choose a sound, move along, hear it back under your hand. */

import { useComputed, useSignal } from "@preact/signals";
import { send } from "../link/link";
import type { GestureState, State } from "../link/protocol";
import { ParamGroups } from "../knobs/params";
import { known, steady } from "../state/store";
import { Button } from "../widgets/button";
import { Empty, Panel, Select, TextField } from "../widgets/fields";
import { choose, count, discard, name, sound, toggleTeach } from "./actions";
import { freshName, scoreOf, sounds, stillThere, takeOf, toggled } from "./logic";
import { Pad } from "./pad";
import "./style.css";

const KINDS = ["neighbours", "gmr", "hmm", "hierarchical"];

export function Teach() {
  const state = known();
  const { gestures } = state.teach;
  return (
    <Panel title="Teach" name="teach">
      <Show state={state} />
      {gestures.length === 0 ? (
        <Empty>
          Choose a sound, press Show, move along while it plays: the movement then plays that sound. Show
          each gesture two or three times.
        </Empty>
      ) : (
        <ul class="gestures" aria-label="Gestures">
          {gestures.map((gesture) => (
            <Gesture key={gesture.name} gesture={gesture} state={state} />
          ))}
        </ul>
      )}
      {gestures.length > 0 && <Learner state={state} />}
    </Panel>
  );
}

/** What is shown next, and the button that starts and keeps it. */
function Show({ state }: { state: State }) {
  const { teach, loops, takes } = state;
  const drawing = useSignal(false);
  const all = sounds(loops, takes);
  const chosen = stillThere(sound.value, all);
  const busy = teach.phase !== "";
  const waiting = takeOf(chosen) !== "";
  return (
    <>
      <div class="row teach-choice">
        <label class="field">
          <span class="field-caption">Gesture</span>
          <input
            class="text"
            type="text"
            aria-label="Name of the gesture"
            autocomplete="off"
            spellcheck={false}
            maxLength={80}
            list="gesture-names"
            placeholder={freshName(teach.gestures)}
            value={name.value}
            disabled={busy}
            onInput={(event) => {
              name.value = event.currentTarget.value;
            }}
            onKeyDown={(event) => event.stopPropagation()}
          />
          <datalist id="gesture-names">
            {teach.gestures.map((gesture) => (
              <option key={gesture.name} value={gesture.name} />
            ))}
          </datalist>
        </label>
        <Select label="Sound" caption value={chosen} options={all} disabled={busy} onChoose={choose} />
        <Button
          on={drawing.value}
          disabled={busy}
          onPress={() => {
            drawing.value = !drawing.value;
          }}
        >
          Draw a path
        </Button>
        <Select
          label="Count in"
          caption
          value={String(count.value)}
          options={[0, 1, 2, 3, 5].map((s) => ({ value: String(s), text: `${s} s` }))}
          disabled={busy}
          onChoose={(value) => {
            count.value = Number(value);
          }}
        />
      </div>
      {drawing.value && (
        <Pad
          names={loops.map((loop) => loop.name)}
          onDone={() => {
            drawing.value = false;
          }}
        />
      )}
      <div class={`teach-bar ${teach.phase}`}>
        <button
          type="button"
          class="record"
          aria-pressed={busy}
          aria-keyshortcuts="G"
          disabled={waiting}
          title={busy ? "Stop (G)" : "Show a gesture (G)"}
          onClick={toggleTeach}
        >
          <i class="record-dot" aria-hidden="true" />
          {{ "": "Show", count: "Stop", record: "Keep" }[teach.phase]}
        </button>
        {teach.phase === "record" && (
          <Button tone="quiet" onPress={discard}>
            Discard
          </Button>
        )}
        <Clock phase={teach.phase} waiting={waiting} gesture={teach.gesture} />
      </div>
    </>
  );
}

interface ClockProps {
  phase: State["teach"]["phase"];
  waiting: boolean;
  gesture: string;
}

/** The count-in, or how long it has been shown. */
function Clock({ phase, waiting, gesture }: ClockProps) {
  const said = useComputed(() => {
    const taught = steady.value?.taught;
    if (phase === "count") return String(Math.max(1, Math.ceil(taught?.left ?? 0)));
    return phase === "record" ? `${(taught?.seconds ?? 0).toFixed(1)} s` : "";
  });
  const hint = waiting ? "listening to the take …" : phase === "" ? "" : gesture;
  return (
    <span class="teach-clock" role="timer" aria-label="Showing">
      <b>{said}</b> {hint || (phase === "" ? <kbd>G</kbd> : "")}
    </span>
  );
}

/** One gesture: how probable now, its takes, its score, what may follow it. */
function Gesture({ gesture, state }: { gesture: GestureState; state: State }) {
  const { teach, mapping } = state;
  const at = teach.heard.indexOf(gesture.name);
  const live = useComputed(() => {
    const taught = steady.value?.taught;
    const share = taught?.heard[at] ?? 0;
    const best = taught ? share > 0 && share >= Math.max(...taught.heard) : false;
    const sure = steady.value?.confidence ?? 0;
    return `--share:${share.toFixed(2)};--progress:${best ? (taught?.progress ?? 0).toFixed(2) : 0};--sure:${sure.toFixed(2)}`;
  });
  const score = scoreOf(gesture, teach.judging);
  return (
    <li class="gesture" style={live} data-gesture={gesture.name}>
      <span class="gesture-bar" aria-hidden="true">
        <i />
      </span>
      <TextField
        label={`Name of ${gesture.name}`}
        value={gesture.name}
        onEnter={(value) => void send({ type: "gesture-rename", gesture: gesture.name, name: value })}
      />
      <span class="gesture-score" title="Recognised when each take is left out once">
        <b>{score.number}</b> {score.words}
      </span>
      <span class="gesture-takes">
        {gesture.takes.map((take, index) => (
          <button
            key={take.id}
            type="button"
            class={`gesture-take ${take.problem ? "bad" : ""}`}
            aria-label={`Delete take ${index + 1} of ${gesture.name}`}
            title={take.problem || `${take.seconds.toFixed(1)} s${take.of && ` to ${take.of}`}: press to delete`}
            onClick={() => void send({ type: "shown-delete", shown: take.id })}
          >
            {index + 1} ×
          </button>
        ))}
        <button
          type="button"
          class="gesture-take"
          disabled={teach.phase !== ""}
          onClick={() => {
            name.value = gesture.name;
            const of = gesture.takes.at(-1)?.of ?? "";
            sound.value = of && `loop ${of}`;
            toggleTeach();
          }}
        >
          Show again
        </button>
      </span>
      <button
        type="button"
        class="gesture-delete"
        aria-label={`Delete the gesture ${gesture.name}`}
        title="Delete (undo brings it back)"
        onClick={() => void send({ type: "gesture-delete", gesture: gesture.name })}
      >
        ×
      </button>
      {mapping.kind === "hierarchical" && teach.gestures.length > 1 && (
        <After gesture={gesture} all={teach.gestures} />
      )}
    </li>
  );
}

/** The grammar: which gestures may follow this one. */
function After({ gesture, all }: { gesture: GestureState; all: GestureState[] }) {
  return (
    <span class="gesture-after" role="group" aria-label={`What may follow ${gesture.name}`}>
      {gesture.after.length === 0 ? "then any; only:" : "then only:"}
      {all.map((each) => (
        <Button
          key={each.name}
          tone="quiet"
          on={gesture.after.includes(each.name)}
          onPress={() =>
            void send({
              type: "gesture-grammar",
              gesture: gesture.name,
              after: toggled(gesture.after, each.name),
            })
          }
        >
          {each.name}
        </Button>
      ))}
    </span>
  );
}

/** Which mapping learns, and by what. */
function Learner({ state }: { state: State }) {
  const { kind, kinds } = state.mapping;
  const learns = KINDS.includes(kind);
  return (
    <>
      <div class="row">
        <Select
          label="Learned by"
          caption
          value={learns ? kind : ""}
          options={learns ? KINDS : [{ value: "", text: "not played now" }, ...KINDS]}
          onChoose={(value) => value && void send({ type: "mapping", kind: value })}
        />
        <span class="dim">
          {state.teach.learning ? "learning …" : kinds.find((each) => each.name === kind)?.help}
        </span>
      </div>
      {learns && <ParamGroups prefix="taught" />}
      {learns && <ParamGroups prefix={kind === "hierarchical" ? "h" : kind} />}
    </>
  );
}
