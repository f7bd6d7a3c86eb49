/** The map of the sound space: press to play, look where the sound is, listen to landmarks. */

import { computed, effect, signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { hear, hush } from "../audio/preview";
import { known, landmarks, moment, state } from "../state/store";
import { Button } from "../widgets/button";
import { useSurface } from "../widgets/surface";
import { nearest, toPixels } from "./geometry";
import * as layers from "./layers";
import { Legend } from "./legend";
import { descriptors, extend, favourite, spread, type Step } from "./logic";
import { cursor, fingersMoved, hold, playOn, setHold, touches } from "./player";
import { cursorShown, steerWith } from "./steering";
import "./style.css";

const REACH_PX = 36;

const wanted = signal("");
const names = computed(() => descriptors(landmarks.value));
/** The descriptor that colours the landmarks. */
export const colourBy = computed(() =>
  names.value.includes(wanted.value) ? wanted.value : favourite(names.value),
);
export const scale = computed(() =>
  spread(landmarks.value.map((each) => each.descriptors[colourBy.value] ?? Number.NaN)),
);
/** While on, a press lets a landmark be heard instead of playing. */
export const listening = signal(false);
const chosen = signal(-1);

let trail: Step[] = [];

export function SoundMap() {
  const box = useRef<HTMLDivElement>(null);
  const focused = useSignal(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const stops = [
      playOn(element, (event) => !asks(event)),
      listenOn(element),
      steerWith(element, hearAtCursor),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  const { muted } = known();
  return (
    <section class="map" aria-label="Map of the sounds">
      <div
        ref={box}
        class={`map-field ${listening.value ? "listening" : ""}`}
        tabIndex={0}
        role="application"
        aria-label="Map: press to play. Arrow keys move, Space holds the sound, Enter lets the nearest landmark be heard."
        onFocus={() => {
          focused.value = true;
        }}
        onBlur={() => {
          focused.value = false;
        }}
      >
        <Ground />
        <LiveLayer />
      </div>
      <div class="map-tools">
        <Button
          onPress={() => setHold(!hold.value)}
          on={hold.value}
          label="Hold: the sound goes on when you let go"
          hotkey="Space"
        >
          Hold
        </Button>
        <Button
          onPress={toggleListening}
          on={listening.value}
          label="Listen to landmarks instead of playing"
          hotkey="P"
        >
          Listen
        </Button>
      </div>
      <Legend
        by={colourBy.value}
        names={names.value}
        scale={scale.value}
        onChoose={(name) => {
          wanted.value = name;
        }}
      />
      {muted && <p class="map-muted">Muted</p>}
    </section>
  );
}

export function toggleListening(): void {
  listening.value = !listening.value;
  if (!listening.value) {
    chosen.value = -1;
    hush();
  }
}

/** What lies there: drawn again only when landmarks, colours, loops or the size change. */
function Ground() {
  const canvas = useSurface(
    (to, width, height) => {
      const loops = state.peek()?.loops ?? [];
      layers.drawGround(to, { width, height }, landmarks.peek(), colourBy.peek(), scale.peek(), loops);
      return false;
    },
    (surface) => {
      const loops = computed(() => JSON.stringify(state.value?.loops));
      return effect(() => {
        void [landmarks.value, colourBy.value, scale.value, loops.value];
        surface.invalidate();
      });
    },
  );
  return <canvas ref={canvas} class="map-layer" aria-hidden="true" />;
}

/** What lives: trail, point, fingers, cursor. */
function LiveLayer() {
  const canvas = useSurface(
    (to, width, height, now) => {
      const box = { width, height };
      trail = extend(trail, { ...lastStep(), at: now });
      const live = liveNow();
      if (live !== null) {
        if (live.sounding) layers.drawNear(to, box, landmarks.peek(), colourBy.peek(), scale.peek(), live);
        layers.drawTrail(to, box, trail, now);
        layers.drawPoint(to, box, live);
      }
      layers.drawTouches(to, box, touches());
      if (cursorShown.peek()) layers.drawCursor(to, box, cursor.peek());
      const landmark = landmarks.peek()[chosen.peek()];
      if (landmark !== undefined) layers.drawChosen(to, box, landmark);
      return trail.length > 1;
    },
    (surface) => {
      // What cannot be seen to change is not drawn again.
      const seen = computed(() => {
        const live = moment.value;
        return (
          live && `${live.position} ${live.sounding} ${Math.round(live.rms)} ${live.confidence.toFixed(2)}`
        );
      });
      return effect(() => {
        void [seen.value, fingersMoved.value, cursor.value, cursorShown.value, chosen.value];
        surface.invalidate();
      });
    },
  );
  return <canvas ref={canvas} class="map-layer" aria-hidden="true" />;
}

function lastStep(): { x: number; y: number } {
  const [x, y] = moment.peek()?.position ?? [0.5, 0.5];
  return { x, y };
}

function liveNow(): layers.Live | null {
  const live = moment.peek();
  if (live === null) return null;
  const level = Math.min(1, Math.max(0, 1 + live.rms / 54));
  return {
    position: live.position,
    sounding: live.sounding,
    confidence: live.confidence,
    level: live.sounding ? level : 0,
  };
}

/** Does this press ask to hear a landmark? */
function asks(event: PointerEvent | MouseEvent): boolean {
  return event.altKey || listening.value;
}

function listenOn(element: HTMLElement): () => void {
  const over = (event: PointerEvent): number => {
    const box = element.getBoundingClientRect();
    return nearest(landmarks.value, [event.clientX - box.left, event.clientY - box.top], box, REACH_PX);
  };
  const move = (event: PointerEvent) => {
    if (!asks(event)) {
      if (chosen.value !== -1) chosen.value = -1;
      return;
    }
    const index = over(event);
    if (index === chosen.value) return;
    chosen.value = index;
    // In listening mode the pointer strokes over the sounds; with Alt only a click is heard.
    if (index >= 0 && listening.value) void hear(index);
  };
  const down = (event: PointerEvent) => {
    cursorShown.value = false;
    if (!asks(event)) return;
    chosen.value = over(event);
    if (chosen.value >= 0) void hear(chosen.value);
  };
  const leave = () => {
    chosen.value = -1;
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointerleave", leave);
  return () => {
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointerleave", leave);
  };
}

function hearAtCursor(): void {
  const box = { width: 1000, height: 1000 };
  const index = nearest(landmarks.value, toPixels(cursor.value, box), box, 2000);
  chosen.value = index;
  if (index >= 0) void hear(index);
}
