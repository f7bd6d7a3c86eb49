/** How movement becomes knobs. */

import { send } from "../link/link";
import type { State } from "../link/protocol";
import { known } from "../state/store";
import { Empty, Panel } from "../widgets/fields";
import { ParamGroups } from "../knobs/params";
import { CableRow } from "./cable";
import { Learn } from "./learn";
import { cablesHead, nothingConnected } from "./logic";
import "./style.css";

export function Mapping() {
  const state = known();
  const { kind, kinds } = state.mapping;
  return (
    <Panel title="Mapping" name="mapping">
      <Kinds kind={kind} kinds={kinds} />
      <p class="kind-help">{kinds.find((k) => k.name === kind)?.help}</p>
      {kind === "explore" && <Explore state={state} />}
      {kind !== "direct" && <h3 class="cables-head">{cablesHead(kind)}</h3>}
      <Cables state={state} />
    </Panel>
  );
}

function Kinds({ kind, kinds }: { kind: string; kinds: State["mapping"]["kinds"] }) {
  const step = (by: 1 | -1) => {
    const at = kinds.findIndex((k) => k.name === kind);
    const next = kinds[(at + by + kinds.length) % kinds.length];
    if (next === undefined) return;
    void send({ type: "mapping", kind: next.name });
    document.getElementById(`mapping-${next.name}`)?.focus();
  };
  return (
    <div class="kinds" role="radiogroup" aria-label="Kind of mapping">
      {kinds.map((each) => (
        <button
          key={each.name}
          id={`mapping-${each.name}`}
          type="button"
          role="radio"
          class="kind"
          aria-checked={each.name === kind}
          title={each.help}
          tabIndex={each.name === kind ? 0 : -1}
          onClick={() => void send({ type: "mapping", kind: each.name })}
          onKeyDown={(event) => {
            if (event.key === "ArrowRight" || event.key === "ArrowDown") step(1);
            if (event.key === "ArrowLeft" || event.key === "ArrowUp") step(-1);
          }}
        >
          {each.name}
        </button>
      ))}
    </div>
  );
}

/** Single cables work over every kind of mapping: what they drive, they take over. */
function Cables({ state }: { state: State }) {
  const { kind, connections } = state.mapping;
  return (
    <>
      <Learn state={state} />
      {connections.length === 0 && (
        <Empty>{nothingConnected(kind)}</Empty>
      )}
      <ul class="cables">
        {connections.map((connection) => (
          <CableRow key={connection.target} connection={connection} state={state} />
        ))}
      </ul>
    </>
  );
}

/** Which loop local exploration moves around, and how far from it. */
function Explore({ state }: { state: State }) {
  if (state.loops.length === 0) {
    return <Empty>No loop yet: record a take, then press Loop from take beside it.</Empty>;
  }
  return (
    <>
      <ul class="loops" aria-label="Loops">
        {state.loops.map((loop) => (
          <li key={loop.name} class={loop.name === state.mapping.loop ? "chosen" : ""}>
            <button
              type="button"
              class="loop"
              aria-pressed={loop.name === state.mapping.loop}
              onClick={() => void send({ type: "mapping", kind: "explore", loop: loop.name })}
            >
              <svg viewBox="-4 -4 108 108" aria-hidden="true">
                <polyline
                  points={loop.path.map(([x, y]) => `${(x * 100).toFixed(1)},${((1 - y) * 100).toFixed(1)}`).join(" ")}
                />
              </svg>
              <b>{loop.name}</b>
              <span>{loop.length.toFixed(1)} s</span>
            </button>
            <button
              type="button"
              class="loop-delete"
              aria-label={`Delete the loop ${loop.name}`}
              title="Delete (undo brings it back)"
              onClick={() => void send({ type: "loop-delete", name: loop.name })}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <ParamGroups prefix="explore" />
    </>
  );
}
