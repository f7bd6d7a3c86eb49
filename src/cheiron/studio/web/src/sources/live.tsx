/** What changes all the time, written straight into the page: nothing here is drawn again. */

import { useComputed } from "@preact/signals";
import type { SourceState } from "../link/protocol";
import { sourceFigures } from "../state/store";
import { useLatest } from "../knobs/latest";
import { words } from "../knobs/logic";
import { axesNow, healthOf } from "./logic";

function figuresOf(name: string) {
  return sourceFigures.value.find((figures) => figures.name === name);
}

/** "steady 120 Hz, ± 0.5 ms" with a dot of the same meaning. */
export function HealthWords({ source }: { source: SourceState }) {
  const latest = useLatest(source);
  const health = useComputed(() => healthOf(latest.value, figuresOf(latest.value.name)));
  const tone = useComputed(() => `health ${health.value.tone}`);
  const word = useComputed(() => health.value.word);
  const detail = useComputed(() => health.value.detail);
  return (
    <div class={tone}>
      <i aria-hidden="true" />
      <b>{word}</b>
      <span class="health-detail">{detail}</span>
    </div>
  );
}

/** One bar for each axis. */
export function AxisBars({ source }: { source: SourceState }) {
  return (
    <div class="axis-bars">
      {source.axes.map((axis, index) => (
        <AxisBar key={axis.name} source={source} index={index} name={axis.name} />
      ))}
    </div>
  );
}

function AxisBar({ source, index, name }: { source: SourceState; index: number; name: string }) {
  const latest = useLatest(source);
  const now = useComputed(() => axesNow(latest.value.axes, figuresOf(latest.value.name))[index]);
  const style = useComputed(() => `--at:${now.value?.undefined ? 0 : (now.value?.at ?? 0).toFixed(3)}`);
  const mark = useComputed(() => (now.value?.undefined ? "none" : now.value?.stuck ? "stuck" : ""));
  const look = useComputed(() => `axis-bar ${mark.value}`);
  return (
    <span class={look} style={style}>
      <i aria-hidden="true" />
      <span class="axis-name">{words(name)}</span>
      <em>{mark}</em>
    </span>
  );
}
