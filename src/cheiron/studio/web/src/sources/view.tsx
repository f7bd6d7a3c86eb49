/** Where gestures come from: each source's health, its axes as live bars, and how to add one. */

import { useSignal } from "@preact/signals";
import { send } from "../link/link";
import type { SourceState, State } from "../link/protocol";
import { known } from "../state/store";
import { Button } from "../widgets/button";
import { Panel } from "../widgets/fields";
import { Arriving } from "./arriving";
import { OpenForm } from "./form";
import { AxisBars, HealthWords } from "./live";
import { PhoneDoor } from "./phones";
import { freeSeat } from "./seats";
import { asksNothing, fieldsOf, openCommand, reopen, settingsLine, single } from "./opening";
import "./style.css";

export function Sources() {
  const state = known();
  return (
    <Panel title="Sources" name="sources">
      <ul class="source-list">
        {state.sources.map((source) => (
          <Source key={source.name} source={source} state={state} />
        ))}
      </ul>
      <Add state={state} />
    </Panel>
  );
}

function Source({ source, state }: { source: SourceState; state: State }) {
  const editing = useSignal(false);
  const line = settingsLine(source.settings);
  const toggle = () =>
    void send(source.open ? { type: "source-close", name: source.name } : reopen(source));
  return (
    <li class={`source ${source.problem ? "ill" : ""}`} data-source={source.name}>
      <div class="source-head">
        <div class="source-title">
          <span>
            <b>{source.name}</b> {line && <span class="source-settings">{line}</span>}
          </span>
          <HealthWords source={source} />
        </div>
        {fieldsOf(source.kind).length > 0 && (
          <Button
            tone="quiet"
            label={`Settings of ${source.name}`}
            on={editing.value}
            onPress={() => {
              editing.value = !editing.value;
            }}
          >
            Set
          </Button>
        )}
        <Button onPress={toggle} label={`${source.open ? "Close" : "Open"} ${source.name}`}>
          {source.open ? "Close" : "Open"}
        </Button>
      </div>
      {source.problem && (
        <p class="source-problem" role="alert">
          {source.problem}
        </p>
      )}
      {editing.value && (
        <OpenForm
          kind={source.kind}
          source={source}
          takes={gestureTakes(state)}
          onDone={() => {
            editing.value = false;
          }}
        />
      )}
      {source.open && source.axes.length > 0 && <AxisBars source={source} />}
      {source.open && source.kind === "phone" && <PhoneDoor source={source} state={state} />}
      {source.open && source.kind === "osc" && <Arriving source={source} />}
    </li>
  );
}

/** Kinds that can be added; those that ask nothing open at once. */
function Add({ state }: { state: State }) {
  const kind = useSignal("");
  const there = new Set(state.sources.map((source) => source.kind));
  const kinds = state.sourceKinds.filter((k) => !(single(k.kind) && there.has(k.kind)));
  if (kinds.length === 0) return null;
  const asking = kinds.find((k) => k.kind === kind.value);
  return (
    <div class="source-add" role="group" aria-label="Add a source">
      <h3>Add</h3>
      <div class="source-kinds">
        {kinds.map((each) => (
          <Button
            key={each.kind}
            label={`Add ${each.kind}: ${each.help}`}
            on={each.kind === kind.value}
            onPress={() => {
              const seat = each.kind === "phone" ? { seat: freeSeat(state) } : {};
              if (asksNothing(each.kind)) void send(openCommand(each.kind, {}, seat));
              else kind.value = kind.value === each.kind ? "" : each.kind;
            }}
          >
            {each.kind}
          </Button>
        ))}
      </div>
      {asking && (
        <div class="source-asking">
          <p>{asking.help}</p>
          <OpenForm
            key={asking.kind}
            kind={asking.kind}
            takes={gestureTakes(state)}
            onDone={() => {
              kind.value = "";
            }}
          />
        </div>
      )}
    </div>
  );
}

function gestureTakes(state: State): string[] {
  return state.takes.filter((take) => take.hasGesture).map((take) => take.name);
}
