import { useComputed } from "@preact/signals";
import type { Param } from "../link/protocol";
import { turn as stream } from "../link/link";
import { Entry } from "./entry";
import { useLatest } from "./latest";
import { shown, spoken, toUnit } from "./scale";
import { useHand } from "./turning";

/** One parameter as a row: name, bar, value. Double-click goes back to its default. */
export function Fader({ param, label }: { param: Param; label: string }) {
  const write = (value: number) => stream(`param ${param.name}`, { type: "param", name: param.name, value });
  const hand = useHand({
    range: param,
    orientation: "horizontal",
    read: () => param.value,
    write,
    release: () => write(param.default),
  });
  const now = useLatest(param);
  const value = useComputed(() =>
    Number.isNaN(hand.held.value) ? now.value.value : hand.held.value,
  );
  const bar = useComputed(() => `--at:${toUnit(now.value, value.value).toFixed(4)}`);
  const text = useComputed(() => shown(now.value, value.value));
  const said = useComputed(() => spoken(now.value, value.value));
  return (
    <div class="fader turned" title={param.help}>
      <div
        class="fader-bar"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={param.low}
        aria-valuemax={param.high}
        aria-valuenow={value}
        aria-valuetext={said}
        aria-description={param.help}
        data-param={param.name}
        style={bar}
        {...hand.handlers}
      >
        <span class="fader-name">{label}</span>
        <span class="fader-value">{text}</span>
        <i class="fader-fill" />
      </div>
      {hand.typing.value !== null && (
        <Entry
          label={label}
          range={param}
          start={hand.typing.value}
          placeholder={param.unit}
          onDone={(value) => hand.type(value)}
        />
      )}
    </div>
  );
}
