import { useComputed, useSignal } from "@preact/signals";
import { send } from "../link/link";
import type { SourceState } from "../link/protocol";
import { sourceFigures } from "../state/store";
import { Button } from "../widgets/button";
import { number } from "../widgets/format";
import { arriving, type Arriving as Came, chosen, use, useAll } from "./logic";

const FIRST = 8;

/** Everything that OSC brings, with what is taken from it. Drawn twice a second. */
export function Arriving({ source }: { source: SourceState }) {
  const all = useSignal(false);
  const figures = useComputed(() => sourceFigures.value.find((f) => f.name === source.name));
  const list = arriving(source, figures.value);
  if (list.length === 0) {
    const port = String(source.settings.port ?? "");
    return <p class="arriving-none">Nothing has come yet{port && ` at port ${port}`}.</p>;
  }
  const shown = all.value ? list : list.slice(0, FIRST);
  const automatic = chosen(source).length === 0;
  return (
    <div class="arriving">
      <div class="arriving-head">
        <h3>Arriving</h3>
        <span>{automatic ? "All of it is used; press Use to choose." : "Only what is marked is used."}</span>
        {!automatic && (
          <Button tone="quiet" label="Use all that arrives" onPress={() => void send(useAll(source))}>
            Use all
          </Button>
        )}
      </div>
      <ul>
        {shown.map((came) => (
          <Address key={came.address} source={source} came={came} />
        ))}
      </ul>
      {list.length > shown.length && (
        <Button
          tone="quiet"
          onPress={() => {
            all.value = true;
          }}
        >
          {list.length - shown.length} more
        </Button>
      )}
    </div>
  );
}

/** One address; each of its numbers can be used alone. */
function Address({ source, came }: { source: SourceState; came: Came }) {
  const { address, rate, values } = came;
  const all = values.every((v) => v.used);
  return (
    <li>
      <span class="address">{address}</span>
      <span class="rate">{Math.round(rate)} Hz</span>
      <span class="values">
        {values.map(({ axis, value, used }, index) => (
          <button
            key={axis}
            type="button"
            class="value"
            aria-pressed={used}
            aria-label={`${used ? "Do not use" : "Use"} ${axis}`}
            onClick={() => void send(use(source, [axis]))}
          >
            {values.length > 1 && <small>{index}</small>}
            {number(value)}
          </button>
        ))}
      </span>
      <Button
        label={`${all ? "Do not use" : "Use"} ${address}`}
        on={values.some((v) => v.used)}
        onPress={() => void send(use(source, values.map((v) => v.axis)))}
      >
        {all ? "Used" : "Use"}
      </Button>
    </li>
  );
}
