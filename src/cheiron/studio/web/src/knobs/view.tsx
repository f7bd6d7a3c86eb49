/** A knob for each control axis. */

import { useSignal } from "@preact/signals";
import { known } from "../state/store";
import { Panel } from "../widgets/fields";
import type { Axis, State } from "../link/protocol";
import { Knob } from "./knob";
import { drivenBy, groupAxes, helpOf, type Placed, words } from "./logic";
import { rove } from "./rove";
import { shown } from "./scale";
import "./style.css";

export function Knobs() {
  const state = known();
  const attended = useSignal("");
  const groups = groupAxes(state.axes);
  const first = (groups.named[0] ?? groups.residual[0])?.axis.name ?? "";
  const current = state.axes.some((a) => a.name === attended.value) ? attended.value : first;
  const draw = ({ axis, index }: Placed) => (
    <Knob
      key={axis.name}
      axis={axis}
      index={index}
      knob={state.knobs[axis.name]}
      driver={drivenBy(state.mapping, axis, state.scenes)}
      shared={state.mapping.kind !== "direct"}
      reachable={axis.name === current}
      onAttend={(axis) => {
        attended.value = axis.name;
      }}
    />
  );
  return (
    <Panel title="Knobs" name="knobs">
      <div
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") rove(event, "[role=slider]", -1);
          if (event.key === "ArrowRight") rove(event, "[role=slider]", 1);
        }}
      >
        <div class="knob-grid">{groups.named.map(draw)}</div>
        <div class="knob-grid small">{groups.residual.map(draw)}</div>
        <div class="knob-folds">
          <Fold name="More unnamed" knobs={groups.more} draw={draw} />
          <Fold name="Texture" knobs={groups.texture} draw={draw} />
        </div>
      </div>
      <Help axis={state.axes.find((a) => a.name === current)} state={state} />
    </Panel>
  );
}

interface FoldProps {
  name: string;
  knobs: Placed[];
  draw: (placed: Placed) => preact.JSX.Element;
}

/** Knobs that are seldom wanted: drawn only while unfolded. */
function Fold({ name, knobs, draw }: FoldProps) {
  const open = useSignal(false);
  if (knobs.length === 0) return null;
  return (
    <div class="knob-fold" role="group" aria-label={name}>
      <button
        type="button"
        class="fold"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <span class="fold-arrow" aria-hidden="true" />
        {name} <span class="count">{knobs.length}</span>
      </button>
      {open.value && <div class="knob-grid small">{knobs.map(draw)}</div>}
    </div>
  );
}

/** What the knob is that has the focus or the pointer. */
function Help({ axis, state }: { axis: Axis | undefined; state: State }) {
  if (axis === undefined) return null;
  const range = `${shown(axis, axis.low)} … ${shown(axis, axis.high)}`;
  return (
    <p class="knob-help">
      <b>{words(axis.name)}</b> <span class="range">{range}</span>{" "}
      {helpOf(axis, drivenBy(state.mapping, axis, state.scenes), state.knobs[axis.name])}
    </p>
  );
}
