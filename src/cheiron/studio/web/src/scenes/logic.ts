/** Scenes: where they stand, which one plays, and what the hand on their strip says. */

import type { Axis, Command, Connection, SceneState } from "../link/protocol";

/** The control axis that says where on the time line of scenes we are. */
export const SCENE = "scene";

/** The smallest distance between two scenes, as the instrument keeps it. */
const LEAST = 0.001;

/** Its place in Moment.control; -1 while there are no scenes. */
export function sceneIndex(axes: readonly Axis[]): number {
  return axes.findIndex((axis) => axis.name === SCENE);
}

/** Which scene is next to a place; -1 when there is none. */
export function nearest(scenes: readonly SceneState[], place: number): number {
  let best = -1;
  scenes.forEach((scene, index) => {
    const before = scenes[best];
    if (!before || Math.abs(scene.position - place) < Math.abs(before.position - place)) best = index;
  });
  return best;
}

/** How much of each scene is heard at a place, in [0, 1], as the instrument blends them. */
export function shares(scenes: readonly SceneState[], place: number): number[] {
  const found = scenes.map(() => 0);
  const after = scenes.findIndex((scene) => scene.position > place);
  const left = (after < 0 ? scenes.length : after) - 1;
  if (left < 0) found[0] = 1;
  else if (after < 0) found[left] = 1;
  else {
    const [a, b] = [scenes[left]?.position ?? 0, scenes[after]?.position ?? 1];
    const u = (place - a) / (b - a);
    found[after] = u * u * (3 - 2 * u);
    found[left] = 1 - (found[after] ?? 0);
  }
  return scenes.length > 0 ? found : [];
}

/** The scene before or after a place; undefined at the ends. */
export function beside(
  scenes: readonly SceneState[],
  place: number,
  by: 1 | -1,
): SceneState | undefined {
  const near = 0.5 * LEAST;
  if (by > 0) return scenes.find((scene) => scene.position > place + near);
  return [...scenes].reverse().find((scene) => scene.position < place - near);
}

/** Where a scene may be moved to: between its neighbours. */
export function movedTo(scenes: readonly SceneState[], index: number, place: number): number {
  const low = index > 0 ? (scenes[index - 1]?.position ?? 0) + LEAST : 0;
  const high = index < scenes.length - 1 ? (scenes[index + 1]?.position ?? 1) - LEAST : 1;
  return Math.min(Math.max(place, low), high);
}

/** Turning the place by hand; the hand takes over from a cable. */
export function turnTo(place: number, connections: readonly Connection[]): Command {
  const value = Math.min(Math.max(place, 0), 1);
  const wired = connections.some((c) => c.target === SCENE);
  return { type: "knob", axis: SCENE, value, locked: wired };
}

/** Seconds as somebody types them; null when they are none of 0 to 3600. */
export function typedSeconds(text: string): number | null {
  const seconds = Number(text.trim().replace(",", ".").replace(/\s*s$/, ""));
  return text.trim() !== "" && seconds >= 0 && seconds <= 3600 ? seconds : null;
}

/** Where a key on the strip leads; null when it leads nowhere. */
export function byKey(place: number, key: string, shift: boolean): number | null {
  const step = shift ? 0.001 : 0.01;
  const places: Record<string, number> = {
    ArrowRight: place + step,
    ArrowUp: place + step,
    ArrowLeft: place - step,
    ArrowDown: place - step,
    Home: 0,
    End: 1,
  };
  const to = places[key];
  return to === undefined ? null : Math.min(Math.max(to, 0), 1);
}

/** What the chooser of control spaces offers: names, and a folder by its own name. */
export function spaceOptions(
  spaces: readonly string[],
  chosen: string,
): { value: string; text: string }[] {
  const all = spaces.includes(chosen) || chosen === "" ? spaces : [...spaces, chosen];
  return all.map((value) => ({ value, text: value.split(/[\\/]/).filter(Boolean).pop() ?? value }));
}

/** A scene in words: what it holds. */
export function holds(scene: SceneState): string {
  const names = Object.keys(scene.knobs);
  if (names.length === 0) return "holds no knob";
  const first = names.slice(0, 3).join(", ");
  return `holds ${first}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}
