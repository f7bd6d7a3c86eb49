import { quantity } from "./format";
import { type Curve, place, valueAt } from "./scale";

interface Props {
  label: string;
  value: number;
  low: number;
  high: number;
  onTurn: (value: number) => void;
  /** Called when the hand lets go. */
  onDone?: () => void;
  unit?: string;
  curve?: Curve;
  /** Double click and Backspace go back here. */
  reset?: number;
  help?: string;
  disabled?: boolean;
  /** Where the value really is, when something else moves it too: a small mark. */
  live?: number;
  /** Draw the label and the value above the track; otherwise they are only read aloud. */
  caption?: boolean;
}

/** A number turned by hand: drag, arrows, Page Up and Down, Home, End; double click resets it. */
export function Slider(props: Props) {
  const { label, value, low, high, onTurn, unit = "", curve = "linear", reset, live } = props;
  const at = place(value, low, high, curve);
  const text = quantity(value, unit);
  const back = () => reset !== undefined && onTurn(reset);
  const style = { "--at": at, ...(live === undefined ? {} : { "--live": place(live, low, high, curve) }) };
  return (
    <label class="slider" style={style as never} title={props.help ?? ""}>
      {props.caption !== false && (
        <span class="slider-caption">
          <span>{label}</span>
          <output>{text}</output>
        </span>
      )}
      <span class="slider-track">
        <input
          type="range"
          min={0}
          max={1}
          step={0.001}
          value={at}
          aria-label={label}
          aria-valuetext={text}
          disabled={props.disabled ?? false}
          onInput={(event) => onTurn(valueAt(event.currentTarget.valueAsNumber, low, high, curve))}
          onChange={() => props.onDone?.()}
          onDblClick={back}
          onKeyDown={(event) => event.key === "Backspace" && back()}
        />
        {live !== undefined && <i class="slider-live" />}
      </span>
    </label>
  );
}
