import type { Axis, Knob as Held } from "../link/protocol";
import { send, turn as stream } from "../link/link";
import { moment } from "../state/store";
import { Entry } from "./entry";
import { heldBy, helpOf, KIND_WORDS, toggleLock, turn, words } from "./logic";
import { CableMark, LockMark } from "./marks";
import { useReadings } from "./readings";
import { isRound } from "./scale";
import { useHand } from "./turning";

/** Three quarters of a circle, open at the bottom. */
const ARC = "M 21.7 78.3 A 40 40 0 1 1 78.3 78.3";
/** A whole circle from the top, clockwise. */
const CIRCLE = "M 50 10 A 40 40 0 1 1 49.99 10 Z";

interface Props {
  axis: Axis;
  /** Its place in Moment.control. */
  index: number;
  knob: Held | undefined;
  /** What moves it by itself; empty for nothing. */
  driver: string;
  /** Whether it drives all knobs alike, as the map does. */
  shared: boolean;
  reachable: boolean;
  onAttend: (axis: Axis) => void;
}

/** One control axis: the arc is what sounds, the pointer is what the hand said. */
export function Knob({ axis, index, knob, driver, shared, reachable, onAttend }: Props) {
  const live = () => moment.peek()?.control[index] ?? Number.NaN;
  const lock = () => void send(toggleLock(axis, knob, live()));
  const holder = heldBy(knob, driver);
  const hand = useHand({
    range: axis,
    orientation: "vertical",
    read: () => {
      const value = holder === "hand" && knob ? knob.value : live();
      return Number.isFinite(value) ? value : axis.default;
    },
    write: (value) => stream(`knob ${axis.name}`, turn(axis, value, driver)),
    release: () => void send({ type: "release", axis: axis.name }),
    keys: { l: lock },
  });
  const shows = useReadings(axis, index, hand.held, knob?.value);
  const name = words(axis.name);
  const dial = isRound(axis) ? CIRCLE : ARC;
  return (
    <div class={`knob turned ${holder} ${axis.kind}`} onPointerEnter={() => onAttend(axis)}>
      <div
        class="dial"
        role="slider"
        tabIndex={reachable ? 0 : -1}
        aria-label={name}
        aria-orientation="vertical"
        aria-valuemin={axis.low}
        aria-valuemax={axis.high}
        aria-valuenow={shows.value}
        aria-valuetext={shows.valueText}
        aria-description={helpOf(axis, driver, knob)}
        data-axis={axis.name}
        {...hand.handlers}
        onFocus={() => onAttend(axis)}
      >
        <svg viewBox="0 0 100 92" aria-hidden="true">
          <path class="dial-track" d={dial} />
          <path
            class="dial-live"
            d={dial}
            pathLength={100}
            stroke-dasharray={shows.length}
            stroke-dashoffset={shows.start}
          />
          <line class="dial-hand" x1="50" y1="3" x2="50" y2="17" transform={shows.hand} />
        </svg>
        <span class="dial-value" aria-hidden="true">
          <b>{shows.large}</b>
          <small>{shows.small}</small>
        </span>
      </div>
      {hand.typing.value !== null && (
        <Entry
          label={name}
          range={axis}
          start={hand.typing.value}
          placeholder={axis.unit}
          onDone={(value) => hand.type(value)}
        />
      )}
      <span class="knob-name">{name}</span>
      <Chip
        holder={holder}
        driver={driver}
        shared={shared}
        locked={knob?.locked ?? false}
        axis={axis}
        onLock={lock}
      />
    </div>
  );
}

interface ChipProps {
  holder: string;
  driver: string;
  /** Whether the driver drives all knobs alike. */
  shared: boolean;
  locked: boolean;
  axis: Axis;
  onLock: () => void;
}

/** Who moves the knob: a lock for the hand, a cable for a source, else what kind it is. */
function Chip({ holder, driver, shared, locked, axis, onLock }: ChipProps) {
  if (!locked && holder !== "cable") return <span class="chip">{KIND_WORDS[axis.kind].label}</span>;
  const label = locked
    ? `Give ${words(axis.name)} back${driver ? ` to ${driver}` : ""}`
    : `Hold ${words(axis.name)} where it is`;
  return (
    <button
      type="button"
      class={`chip ${locked ? "locked" : shared ? "driven shared" : "driven"}`}
      tabIndex={-1}
      aria-pressed={locked}
      aria-label={label}
      title={label}
      onClick={onLock}
    >
      {locked ? <LockMark /> : <CableMark />}
      {locked ? "hand" : words(driver)}
    </button>
  );
}
