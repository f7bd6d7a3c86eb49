/** Teaching, without the page: what may be chosen, what is said. */

import type { GestureState, LoopState, TakeState } from "../link/protocol";

/** What a gesture is shown to: nothing but what is played, a loop, or a take that becomes one. */
export interface Sound {
  value: string;
  text: string;
}

const LOOP = "loop ";
const TAKE = "take ";

/** Everything that a gesture can be shown to; takes that are loops already are named once. */
export function sounds(loops: readonly LoopState[], takes: readonly TakeState[]): Sound[] {
  const names = new Set(loops.map((loop) => loop.name));
  return [
    { value: "", text: "what I play meanwhile" },
    ...loops.map(({ name, length }) => ({
      value: LOOP + name,
      text: `loop ${name} (${length.toFixed(1)} s)`,
    })),
    ...takes
      .filter((take) => take.hasSound && !names.has(take.name))
      .map(({ name }) => ({ value: TAKE + name, text: `sound of ${name}` })),
  ];
}

/** The loop that a choice means; empty for what is played. */
export function loopOf(sound: string): string {
  return sound.startsWith(LOOP) ? sound.slice(LOOP.length) : "";
}

/** The take that has to become a loop first; empty where none has. */
export function takeOf(sound: string): string {
  return sound.startsWith(TAKE) ? sound.slice(TAKE.length) : "";
}

/** A choice that is still there, else its loop if it has become one, else what is played. */
export function stillThere(sound: string, all: readonly Sound[]): string {
  if (all.some((each) => each.value === sound)) return sound;
  const loop = LOOP + takeOf(sound);
  return all.some((each) => each.value === loop) ? loop : "";
}

/** A name that is not taken: "gesture 1" and so on. */
export function freshName(gestures: readonly GestureState[]): string {
  const taken = new Set(gestures.map((gesture) => gesture.name));
  let number = gestures.length + 1;
  while (taken.has(`gesture ${number}`)) number += 1;
  return `gesture ${number}`;
}

/** What one gesture's score is, in a word and a number. */
export function scoreOf(gesture: GestureState, judging: boolean): { number: string; words: string } {
  if (gesture.share !== null)
    return { number: `${Math.round(100 * gesture.share)} %`, words: gesture.words };
  return { number: "–", words: gesture.words || (judging ? "listening to it again …" : "") };
}

/** Which may follow a gesture once one is put in or taken out. */
export function toggled(after: readonly string[], name: string): string[] {
  return after.includes(name) ? after.filter((each) => each !== name) : [...after, name];
}

export type PathPoint = [x: number, y: number, seconds: number];

const MOST = 64;

/** A drawn path with as many points as a message may have; the first and the last stay. */
export function thinned(path: readonly PathPoint[]): PathPoint[] {
  if (path.length <= MOST) return [...path];
  const step = (path.length - 1) / (MOST - 1);
  return Array.from({ length: MOST }, (_, index) => path[Math.round(index * step)] as PathPoint);
}
