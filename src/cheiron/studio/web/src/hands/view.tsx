/** Play with the hands before a camera: which camera, on or off, what it sees, how fast. */

import { effect, signal, useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../widgets/button";
import { Panel, Select } from "../widgets/fields";
import { useSurface } from "../widgets/surface";
import { handWords, paceWords } from "./logic";
import type { Place } from "./messages";
import * as player from "./player";
import { drawHands } from "./skeleton";
import "./style.css";

const shown = signal(true);

export function Hands() {
  const phase = player.phase.value;
  const on = phase !== "off";
  const problem = player.problem.value;
  const options = [
    { value: "", text: "the usual camera" },
    ...player.cameras.value.filter(({ id }) => id !== "").map(({ id, name }) => ({ value: id, text: name })),
  ];
  return (
    <Panel title="Hands" name="hands">
      <div class="row">
        {on ? (
          <Button onPress={player.stop} tone="danger" label="Stop the camera">
            Stop camera
          </Button>
        ) : (
          <Button onPress={() => void player.start()} tone="accent" label="Start the camera">
            Start camera
          </Button>
        )}
        <Select label="Camera" value={player.chosen.value} options={options} onChoose={player.choose} />
        <Select
          label="Compute on"
          value={player.place.value}
          options={[
            { value: "CPU", text: "processor" },
            { value: "GPU", text: "graphics card" },
          ]}
          onChoose={(where) => player.compute(where as Place)}
        />
        <Button
          tone="quiet"
          label="Show the picture of the camera"
          on={shown.value}
          onPress={() => {
            shown.value = !shown.value;
          }}
        >
          Picture
        </Button>
      </div>
      {problem && (
        <p class="hands-problem" role="alert">
          {problem}
        </p>
      )}
      {phase === "starting" && <p class="dim">The camera is being opened; the browser may ask.</p>}
      {phase === "on" && <Watching />}
      {phase === "off" && !problem && (
        <p class="empty">
          The camera sees your hands; its picture stays on this computer, only the places of the joints go
          to the instrument.
        </p>
      )}
    </Panel>
  );
}

function Watching() {
  const words = useComputed(() => handWords(player.hands.value));
  const pace = useComputed(() => paceWords(player.pace.value));
  return (
    <>
      <Preview />
      <p class="hands-words">
        <b>{words}</b>
        <span class="dim">{pace}</span>
      </p>
    </>
  );
}

/** What the camera sees, darkened, as in a mirror; the skeleton stays when the picture is hidden. */
function Preview() {
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useSurface(
    (to, width, height) => {
      drawHands(to, width, height, player.hands.peek());
      return false;
    },
    (surface) =>
      effect(() => {
        void player.hands.value;
        surface.invalidate();
      }),
  );
  useEffect(
    () =>
      effect(() => {
        const element = video.current;
        if (element === null) return;
        element.srcObject = player.stream.value;
        if (player.stream.value !== null) void element.play().catch(() => undefined);
      }),
    [shown.value],
  );
  return (
    <div class="hands-preview">
      {shown.value && <video ref={video} muted playsInline aria-hidden="true" />}
      <canvas ref={canvas} role="img" aria-label="The hands that the camera sees" />
    </div>
  );
}
