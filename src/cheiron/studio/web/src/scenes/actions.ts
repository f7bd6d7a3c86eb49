/** What the scenes' panel, the header and the keys do. */

import { computed, signal } from "@preact/signals";
import { shortcut } from "../keyboard/shortcuts";
import { send, turn } from "../link/link";
import type { Command, SceneState } from "../link/protocol";
import { state, steady } from "../state/store";
import { beside, nearest, SCENE, sceneIndex, turnTo } from "./logic";

const REMEMBERED = "cheiron.scenes";
const [blending = 2, lasting = 30] = (sessionStorage.getItem(REMEMBERED) ?? "")
  .split(" ")
  .filter(Boolean)
  .map(Number);

/** Seconds from one scene to another. */
export const blend = signal(blending);
/** Seconds of the way through all scenes. */
export const through = signal(lasting);

/** Keep both for when the page is loaded again. */
export function remember(): void {
  sessionStorage.setItem(REMEMBERED, `${blend.value} ${through.value}`);
}

/** Where on the time line the sound is; 0 while there are no scenes. */
export const place = computed(() => {
  const axes = state.value?.axes ?? [];
  return steady.value?.control[sceneIndex(axes)] ?? 0;
});

/** Which scene plays, or is nearest; -1 while there are none. */
export const here = computed(() => nearest(state.value?.scenes ?? [], place.value));

/** Whether the place is on its way by itself: the knob says already where to. */
export const travelling = computed(() => {
  const goal = state.value?.knobs[SCENE]?.value;
  const wired = state.value?.mapping.connections.some((c) => c.target === SCENE) ?? false;
  return goal !== undefined && !wired && Math.abs(goal - place.value) > 0.002;
});

export function goTo(to: number, seconds = blend.peek()): void {
  void send({ type: "scene-go", to, seconds });
}

/** From wherever it is to the end, or from the beginning when it is there already. */
export async function playThrough(): Promise<void> {
  if (place.peek() > 0.999) await send({ type: "scene-go", to: 0, seconds: 0 });
  goTo(1, through.peek() * (1 - (place.peek() > 0.999 ? 0 : place.peek())));
}

/** Stay where it is now. */
export function stay(): void {
  void send({ type: "scene-go", to: place.peek(), seconds: 0 });
}

export function turnPlace(to: number): void {
  turn(`knob ${SCENE}`, turnTo(to, state.peek()?.mapping.connections ?? []));
}

export function addScene(): void {
  void send({ type: "scene-add", name: "", at: place.peek() });
}

export function chooseSpace(name: string, scenes: readonly SceneState[], index: number): Command {
  const scene = scenes[index];
  return scene ? { type: "space", name, scene: scene.name } : { type: "space", name };
}

function step(by: 1 | -1): void {
  const scene = beside(state.peek()?.scenes ?? [], place.peek(), by);
  if (scene) goTo(scene.position);
}

shortcut({ keys: ",", does: "blend to the scene before", run: () => step(-1) });
shortcut({ keys: ".", does: "blend to the next scene", run: () => step(1) });
