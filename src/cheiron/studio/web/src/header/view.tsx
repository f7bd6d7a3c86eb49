/** What is always at hand: which model, is it recording, undo, gain, mute, panic, the connection. */

import { panic, redo, toggleMute, turnGain, undo } from "./actions";
import { decibels, GAIN_HIGH, GAIN_LOW, link as words } from "./logic";
import { CameraLight } from "../hands/light";
import { helpOpen } from "../keyboard/view";
import { send } from "../link/link";
import { connection, known, moment, retryIn, roundTrip } from "../state/store";
import { Button } from "../widgets/button";
import { chooseSpace, here } from "../scenes/actions";
import { spaceOptions } from "../scenes/logic";
import { Select } from "../widgets/fields";
import { clock } from "../widgets/format";
import { Slider } from "../widgets/slider";
import { Help, Mute, Panic, Redo, Undo } from "./icons";
import "./style.css";

export function Header() {
  const { models, model, session, recording, muted, gain } = known();
  const state = known();
  return (
    <header class="header">
      <p class="brand">
        <Mark />
        Cheiron
      </p>
      <Select
        label="Model"
        value={model.name}
        options={models}
        onChoose={(name) => void send({ type: "model", name })}
      />
      <SpaceChooser />
      <p class="session" title={session.path}>
        {session.name}
      </p>
      <RecordState on={recording} />
      <CameraLight />
      <span class="grow" />
      <Link />
      <div class="row">
        <Button
          onPress={undo}
          disabled={state.undo === ""}
          label={state.undo ? `Undo ${state.undo}` : "Nothing to undo"}
          hotkey="Ctrl-Z"
          tone="quiet"
        >
          <Undo />
        </Button>
        <Button
          onPress={redo}
          disabled={state.redo === ""}
          label={state.redo ? `Redo ${state.redo}` : "Nothing to redo"}
          hotkey="Ctrl-Shift-Z"
          tone="quiet"
        >
          <Redo />
        </Button>
      </div>
      <div class="gain">
        <Slider
          label="Gain"
          value={gain}
          low={GAIN_LOW}
          high={GAIN_HIGH}
          curve="exp"
          reset={1}
          caption={false}
          onTurn={turnGain}
          help="Double click: as it is"
        />
        <output>{decibels(gain)}</output>
      </div>
      <Button
        onPress={toggleMute}
        on={muted}
        label={muted ? "Muted: sound again" : "Mute"}
        hotkey="M"
        tone="danger"
      >
        <Mute on={muted} />
        <span class="wide">Mute</span>
      </Button>
      <Button onPress={panic} label="Panic: silence at once, let everything go" hotkey="Escape" tone="danger">
        <Panic />
        <span class="wide">Panic</span>
      </Button>
      <Button
        onPress={() => {
          helpOpen.value = true;
        }}
        label="Keys"
        hotkey="?"
        tone="quiet"
      >
        <Help />
      </Button>
    </header>
  );
}

/** What the knobs mean. With scenes it is the one that plays now whose meaning is chosen. */
function SpaceChooser() {
  const { spaces, space, scenes } = known();
  if (spaces.length < 2 && scenes.length === 0) return null;
  return (
    <Select
      label={scenes.length > 0 ? "Control space of this scene" : "Control space"}
      value={space}
      options={spaceOptions(spaces, space)}
      onChoose={(name) => void send(chooseSpace(name, scenes, here.value))}
    />
  );
}

/** Three rising strokes of a hand over a line: the sign of the instrument. */
function Mark() {
  return (
    <svg class="mark-sign" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 22c5 0 5-12 10-12s5 14 9 14 4-8 5-8" />
      <circle cx="14" cy="10" r="3.4" />
    </svg>
  );
}

function RecordState({ on }: { on: boolean }) {
  const seconds = on ? (moment.value?.recorded ?? 0) : 0;
  return (
    <p class={`recording ${on ? "on" : ""}`} role="status">
      {on && (
        <>
          <i aria-hidden="true" />
          <span class="wide">Recording </span>
          <b aria-hidden="true">{clock(seconds)}</b>
        </>
      )}
    </p>
  );
}

function Link() {
  const { word, health } = words(connection.value, roundTrip.value, retryIn.value);
  return (
    <p class={`link ${health}`} role="status">
      {word}
    </p>
  );
}
