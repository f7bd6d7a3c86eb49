import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { send, turn } from "../link/link";
import type { SceneState } from "../link/protocol";
import { beside, byKey, movedTo, shares } from "./logic";
import { goTo, place, turnPlace } from "./actions";

const FIRM = 4; // pixels after which a press on a scene moves it

/** The time line: drag to move through it, press a scene to blend to it, drag a scene to move it. */
export function Strip({ scenes }: { scenes: readonly SceneState[] }) {
  const track = useRef<HTMLDivElement>(null);
  const pulling = useSignal(false);
  const at = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    return box && box.width > 0 ? (event.clientX - box.left) / box.width : 0;
  };
  const style = useComputed(() => `--at:${place.value.toFixed(4)}`);
  const key = (event: KeyboardEvent) => {
    const by = { PageUp: 1, PageDown: -1 }[event.key] as 1 | -1 | undefined;
    const scene = by && beside(scenes, place.peek(), by);
    const to = byKey(place.peek(), event.key, event.shiftKey);
    if (scene) goTo(scene.position);
    else if (to !== null) turnPlace(to);
    else if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="scene-strip" style={style}>
      <div
        ref={track}
        class="scene-track"
        role="slider"
        tabIndex={0}
        aria-label="Place in the scenes"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * place.value)}
        aria-valuetext={said(scenes, place.value)}
        data-axis="scene"
        onKeyDown={key}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          pulling.value = true;
          turnPlace(at(event));
        }}
        onPointerMove={(event) => pulling.value && turnPlace(at(event))}
        onPointerUp={() => {
          pulling.value = false;
        }}
        onPointerCancel={() => {
          pulling.value = false;
        }}
      >
        <i class="scene-head" />
      </div>
      {scenes.map((scene, index) => (
        <Mark key={scene.name} scenes={scenes} index={index} at={at} />
      ))}
    </div>
  );
}

interface MarkProps {
  scenes: readonly SceneState[];
  index: number;
  at: (event: PointerEvent) => number;
}

/** One scene on the strip. */
function Mark({ scenes, index, at }: MarkProps) {
  const press = useRef<{ x: number; moved: boolean } | null>(null);
  const scene = scenes[index];
  const heard = useComputed(() => `--share:${(shares(scenes, place.value)[index] ?? 0).toFixed(3)}`);
  if (scene === undefined) return null;
  return (
    <button
      type="button"
      class="scene-mark"
      style={`--place:${scene.position};${heard.value}`}
      aria-label={`Blend to ${scene.name}`}
      title={`${scene.name}: press to blend to it, drag to move it, double-click to space it evenly`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        press.current = { x: event.clientX, moved: false };
      }}
      onPointerMove={(event) => {
        const now = press.current;
        if (!now || (!now.moved && Math.abs(event.clientX - now.x) < FIRM)) return;
        now.moved = true;
        const position = movedTo(scenes, index, at(event));
        turn(`scene ${scene.name}`, { type: "scene-set", name: scene.name, position });
      }}
      onPointerUp={() => setTimeout(() => (press.current = null))}
      onPointerCancel={() => (press.current = null)}
      onClick={() => !press.current?.moved && goTo(scene.position)}
      onDblClick={() => void send({ type: "scene-set", name: scene.name, position: null })}
    >
      <span>{scene.name}</span>
    </button>
  );
}

/** Which scenes are heard, in words. */
function said(scenes: readonly SceneState[], now: number): string {
  return shares(scenes, now)
    .map((share, index) => ({ share, name: scenes[index]?.name ?? "" }))
    .filter(({ share }) => share > 0.005)
    .map(({ share, name }) => (share > 0.995 ? name : `${Math.round(100 * share)} per cent ${name}`))
    .join(", ");
}
