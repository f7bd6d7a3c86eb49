/** A small map to draw a path on: it becomes a loop that gestures can be shown to. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { send } from "../link/link";
import { landmarks } from "../state/store";
import { sound } from "./actions";
import { type PathPoint, thinned } from "./logic";

interface Props {
  names: readonly string[];
  onDone: () => void;
}

export function Pad({ names, onDone }: Props) {
  const path = useSignal<PathPoint[]>([]);
  const began = useRef(0);
  const pad = useRef<SVGSVGElement>(null);
  // At once: a pad that still glides would move under the finger that draws.
  useLayoutEffect(() => pad.current?.scrollIntoView({ block: "nearest" }), []);
  const at = (event: PointerEvent): PathPoint => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = 1 - (event.clientY - box.top) / box.height;
    const within = (value: number) => Math.min(Math.max(value, 0), 1);
    return [within(x), within(y), (performance.now() - began.current) / 1000];
  };
  const keep = async () => {
    let number = 1;
    while (names.includes(`path ${number}`)) number += 1;
    const name = `path ${number}`;
    const reply = await send({ type: "loop-draw", name, path: thinned(path.value) });
    path.value = [];
    if (!reply.ok) return;
    sound.value = `loop ${name}`;
    onDone();
  };
  return (
    <svg
      ref={pad}
      class="teach-pad"
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      role="img"
      aria-label="Draw a path through the sounds"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        began.current = performance.now();
        path.value = [at(event)];
      }}
      onPointerMove={(event) => {
        if (path.value.length > 0) path.value = [...path.value, at(event)];
      }}
      onPointerUp={() => void keep()}
      onPointerCancel={() => {
        path.value = [];
      }}
    >
      {landmarks.value.map(({ x, y }, index) => (
        <circle key={index} cx={100 * x} cy={100 * (1 - y)} r={0.7} />
      ))}
      <polyline points={path.value.map(([x, y]) => `${100 * x},${100 * (1 - y)}`).join(" ")} />
    </svg>
  );
}
