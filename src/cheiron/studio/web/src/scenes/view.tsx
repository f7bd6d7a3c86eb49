/** Scenes on a time line: what the knobs mean, and which are held, as a piece goes on. */

import { send } from "../link/link";
import type { SceneState } from "../link/protocol";
import { known } from "../state/store";
import { say } from "../state/toasts";
import { Button } from "../widgets/button";
import { Empty, Panel, Select, TextField } from "../widgets/fields";
import {
  addScene,
  blend,
  chooseSpace,
  here,
  playThrough,
  remember,
  stay,
  through,
  travelling,
} from "./actions";
import { holds, spaceOptions, typedSeconds } from "./logic";
import { Strip } from "./strip";
import "./style.css";

export function Scenes() {
  const { scenes } = known();
  return (
    <Panel title="Scenes" name="scenes">
      {scenes.length === 0 ? (
        <Empty>
          A scene keeps what the knobs mean and which you hold. Add one, change the control space or turn
          some knobs, add the next; then move between them.
        </Empty>
      ) : (
        <Strip scenes={scenes} />
      )}
      <div class="scene-row">
        <Button onPress={addScene} tone="accent">
          Add scene
        </Button>
        {scenes.length > 1 && <Travel />}
      </div>
      <ul class="scene-list" aria-label="Scenes">
        {scenes.map((scene, index) => (
          <Row key={scene.name} scene={scene} index={index} />
        ))}
      </ul>
    </Panel>
  );
}

/** How fast to go, and the button that goes through all of them. */
function Travel() {
  return (
    <>
      <Button onPress={() => (travelling.value ? stay() : void playThrough())} on={travelling.value}>
        {travelling.value ? "Stay" : "Play through"}
      </Button>
      <Seconds label="in" help="Seconds from the first scene to the last" held={through} />
      <Seconds label="blend" help="Seconds from one scene to another" held={blend} />
    </>
  );
}

interface SecondsProps {
  label: string;
  help: string;
  held: typeof blend;
}

function Seconds({ label, help, held }: SecondsProps) {
  return (
    <label class="scene-seconds" title={help}>
      {label}
      <input
        class="text"
        type="text"
        inputMode="decimal"
        autocomplete="off"
        aria-label={help}
        key={held.value}
        defaultValue={String(held.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") event.currentTarget.value = String(held.value);
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
        onBlur={(event) => {
          const seconds = typedSeconds(event.currentTarget.value);
          if (seconds === null) {
            event.currentTarget.value = String(held.value);
            say("warning", "Give 0 to 3600 seconds.");
          } else held.value = seconds;
          remember();
        }}
      />
      s
    </label>
  );
}

/** One scene: its name, what the knobs mean in it, what it holds. */
function Row({ scene, index }: { scene: SceneState; index: number }) {
  const { spaces, scenes, knobs } = known();
  const byHand = Object.keys(knobs).filter((name) => name !== "scene").length;
  const held = Object.keys(scene.knobs).length;
  return (
    <li class="scene-item" aria-current={index === here.value}>
      <TextField
        label={`Name of ${scene.name}`}
        value={scene.name}
        onEnter={(rename) => void send({ type: "scene-set", name: scene.name, rename })}
      />
      <Select
        label={`Control space of ${scene.name}`}
        value={scene.space}
        options={spaceOptions(spaces, scene.space)}
        onChoose={(name) => void send(chooseSpace(name, scenes, index))}
      />
      <span class="scene-holds">{holds(scene)}</span>
      <span class="scene-let">
        <Button
          tone="quiet"
          label={`Let ${scene.name} hold what the hand holds`}
          disabled={byHand === 0}
          onPress={() => void send({ type: "scene-hold", name: scene.name, on: true })}
        >
          Hold
        </Button>
        <Button
          tone="quiet"
          label={`Give what ${scene.name} holds back to the hand`}
          disabled={held === 0}
          onPress={() => void send({ type: "scene-hold", name: scene.name, on: false })}
        >
          Let go
        </Button>
      </span>
      <button
        type="button"
        class="scene-remove"
        aria-label={`Remove the scene ${scene.name}`}
        title="Remove (undo brings it back)"
        onClick={() => void send({ type: "scene-remove", name: scene.name })}
      >
        ×
      </button>
    </li>
  );
}
