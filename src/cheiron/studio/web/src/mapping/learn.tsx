import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { send } from "../link/link";
import type { State } from "../link/protocol";
import { sourceFigures, state as stateSignal } from "../state/store";
import { Button } from "../widgets/button";
import { words } from "../knobs/logic";
import { cable, freeTargets, targetAxes, Wiggle } from "./logic";

/** Learn by moving: choose a knob, press Learn, wiggle what should drive it. */
export function Learn({ state }: { state: State }) {
  const wanted = useSignal("");
  if (state.learning) return <Listening target={state.learning} />;
  const { connections, motion } = state.mapping;
  const free = freeTargets(targetAxes(state), connections);
  const taken = connections.map((c) => c.target);
  const names = [...free.map((axis) => axis.name), ...taken];
  const target = names.includes(wanted.value) ? wanted.value : (names[0] ?? "");
  const first = motion[0]?.name;
  return (
    <div class="learn">
      <select
        class="select"
        aria-label="Knob to connect"
        value={target}
        onChange={(event) => {
          wanted.value = event.currentTarget.value;
        }}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {words(name)}
            {taken.includes(name) ? " (connected)" : ""}
          </option>
        ))}
      </select>
      <Button
        tone="accent"
        label={`Learn what drives ${words(target)} by moving it`}
        disabled={target === ""}
        onPress={() => void send({ type: "learn", target })}
      >
        Learn
      </Button>
      <Button
        tone="quiet"
        label={`Connect ${words(target)} by hand`}
        disabled={first === undefined || target === "" || taken.includes(target)}
        onPress={() => first && void send({ type: "connect", connection: cable(first, target) })}
      >
        Connect
      </Button>
    </div>
  );
}

/** The engine listens; here is what it hears moving. */
function Listening({ target }: { target: string }) {
  const movers = useSignal<{ name: string; travel: number }[]>([]);
  const wiggle = useRef<Wiggle | null>(null);
  wiggle.current ??= new Wiggle();
  useSignalEffect(() => {
    const figures = sourceFigures.value;
    wiggle.current?.note(stateSignal.peek()?.sources ?? [], figures);
    movers.value = wiggle.current?.movers().slice(0, 3) ?? [];
  });
  return (
    <div class="learning" role="status">
      <div class="learning-head">
        <i class="pulse" aria-hidden="true" />
        <p>
          Wiggle the axis that should drive <b>{words(target)}</b>; hold all else still.
        </p>
        <Button onPress={() => void send({ type: "learn", target: "" })}>Cancel</Button>
      </div>
      <ul class="movers">
        {movers.value.map(({ name, travel }) => (
          <li key={name} style={`--at:${travel.toFixed(2)}`}>
            <i aria-hidden="true" />
            <span>{words(name)}</span>
          </li>
        ))}
        {movers.value.length === 0 && <li class="none">Nothing moves yet.</li>}
      </ul>
    </div>
  );
}
