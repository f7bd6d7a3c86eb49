import { useComputed } from "@preact/signals";
import type { Param } from "../link/protocol";
import { turn as stream } from "../link/link";
import { Entry } from "./entry";
import { shown, spoken, toUnit } from "./scale";
import { useTurning } from "./turning";

/** One parameter as a row: name, bar, value. Double-click goes back to its default. */
export function Fader({ param, label }: { param: Param; label: string }) {
  const write = (value: number) => stream(`param ${param.name}`, { type: "param", name: param.name, value });
  const { held, typing, type, handlers } = useTurning({
    range: param,
    orientation: "horizontal",
    read: () => param.value,
    write,
    release: () => write(param.default),
  });
  const value = useComputed(() => (Number.isNaN(held.value) ? param.value : held.value));
  const bar = useComputed(() => `--at:${toUnit(param, value.value).toFixed(4)}`);
  const text = useComputed(() => shown(param, value.value));
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
        aria-valuetext={useComputed(() => spoken(param, value.value))}
        aria-description={param.help}
        data-param={param.name}
        style={bar}
        {...handlers}
      >
        <span class="fader-name">{label}</span>
        <span class="fader-value">{text}</span>
        <i class="fader-fill" />
      </div>
      {typing.value !== null && (
        <Entry
          label={label}
          range={param}
          start={typing.value}
          placeholder={param.unit}
          onDone={type}
        />
      )}
    </div>
  );
}
