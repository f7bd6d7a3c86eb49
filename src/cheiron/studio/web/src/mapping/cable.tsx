import { send } from "../link/link";
import type { Axis, Connection, State } from "../link/protocol";
import { say } from "../state/toasts";
import { words } from "../knobs/logic";
import {
  CURVES,
  curvePath,
  type End,
  ends,
  faultOf,
  freeTargets,
  nextCurve,
  plain,
  retarget,
  type Side,
  targetAxes,
  withEnd,
  withSmooth,
} from "./logic";

const SIZE = 40;

/** One connection; everything of it can be changed in place. */
export function CableRow({ connection, state }: { connection: Connection; state: State }) {
  const { motion, connections } = state.mapping;
  const source = motion.find((axis) => axis.name === connection.source);
  const axes = targetAxes(state);
  const target = axes.find((axis) => axis.name === connection.target);
  const change = (next: Connection) => void send({ type: "connect", connection: next });
  const targets = [connection.target, ...freeTargets(axes, connections).map((a) => a.name)];
  const fault = faultOf(connection, motion, axes);
  const label = `${connection.source} to ${connection.target}`;
  return (
    <li class={`cable-row ${fault ? "ill" : ""}`} aria-label={label} data-target={connection.target}>
      <Menu
        label={`What drives ${connection.target}`}
        value={connection.source}
        options={motion.map((axis) => axis.name)}
        onChoose={(name) => change({ ...connection, source: name, inputs: null })}
      />
      <CurveButton connection={connection} onChange={change} />
      <Menu
        label={`What ${connection.source} drives`}
        value={connection.target}
        options={targets}
        onChoose={(name) => {
          for (const command of retarget(connection, name)) void send(command);
        }}
      />
      <button
        type="button"
        class="cable-remove"
        aria-label={`Remove ${label}`}
        title="Remove (undo brings it back)"
        onClick={() => void send({ type: "disconnect", target: connection.target })}
      >
        ×
      </button>
      <div class="cable-details">
        <Ends connection={connection} side="inputs" axis={source} onChange={change} />
        <Ends connection={connection} side="outputs" axis={target} onChange={change} />
        <Cell
          label={`Smoothing of ${label}, milliseconds`}
          caption="smooth"
          value={String(Math.round(connection.smooth * 1000))}
          unit="ms"
          take={(text) => withSmooth(connection, text)}
          fault="Smoothing is 0 to 10000 ms."
          onChange={change}
        />
        <label class="cable-invert">
          <input
            type="checkbox"
            checked={connection.invert}
            onChange={(event) => change({ ...connection, invert: event.currentTarget.checked })}
          />
          invert
        </label>
      </div>
      {fault && <p class="cable-fault">{fault}</p>}
    </li>
  );
}

interface MenuProps {
  label: string;
  value: string;
  options: string[];
  onChoose: (value: string) => void;
}

function Menu({ label, value, options, onChoose }: MenuProps) {
  const all = options.includes(value) ? options : [value, ...options];
  return (
    <select
      class="select"
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {all.map((name) => (
        <option key={name} value={name}>
          {words(name)}
        </option>
      ))}
    </select>
  );
}

interface PartProps {
  connection: Connection;
  onChange: (connection: Connection) => void;
}

/** The curve as a small picture; a press goes to the next one. */
function CurveButton({ connection, onChange }: PartProps) {
  const { curve, invert } = connection;
  const help = CURVES.find((c) => c.name === curve)?.help ?? "";
  return (
    <button
      type="button"
      class="curve"
      aria-label={`Curve of ${connection.source} to ${connection.target}: ${curve}${invert ? ", inverted" : ""}`}
      title={`${curve}: ${help} Press for the next.`}
      onClick={() => onChange({ ...connection, curve: nextCurve(curve) })}
    >
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
        <path d={curvePath(curve, invert, SIZE, 5)} />
      </svg>
      <small>{curve}</small>
    </button>
  );
}

/** The two ends of a range; an emptied one goes back to the axis's own. */
function Ends(props: PartProps & { side: Side; axis: Axis | undefined }) {
  const { connection, side, axis, onChange } = props;
  const name = side === "inputs" ? "in" : "out";
  return (
    <span class="cable-ends">
      {([0, 1] as End[]).map((end) => (
        <Cell
          key={end}
          label={`${name === "in" ? "Input" : "Output"} ${end === 0 ? "from" : "to"}, ${connection.target}`}
          caption={end === 0 ? name : "to"}
          value={connection[side] ? plain(ends(connection, side, axis)[end]) : ""}
          placeholder={plain(ends(connection, side, axis)[end])}
          take={(text) => withEnd(connection, side, end, text, axis)}
          fault="A range needs two numbers that differ."
          onChange={onChange}
        />
      ))}
    </span>
  );
}

interface CellProps {
  label: string;
  caption: string;
  value: string;
  placeholder?: string;
  unit?: string;
  take: (text: string) => Connection | null;
  fault: string;
  onChange: (connection: Connection) => void;
}

/** A small field: Enter or leaving takes the text, Escape brings the old one back. */
function Cell({ label, caption, value, placeholder, unit, take, fault, onChange }: CellProps) {
  return (
    <label class="cell">
      <span>{caption}</span>
      <input
        key={value}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        aria-label={label}
        placeholder={placeholder ?? ""}
        defaultValue={value}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") event.currentTarget.value = value;
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
        onBlur={(event) => {
          const text = event.currentTarget.value;
          if (text === value) return;
          const next = take(text);
          if (next) return onChange(next);
          event.currentTarget.value = value;
          say("warning", fault);
        }}
      />
      {unit && <span>{unit}</span>}
    </label>
  );
}
