/** One beat for everything that is drawn, so that the browser lays out and composes the page once for all. */

import { signal } from "@preact/signals";

/** Set while the sound comes through this page too: then every third frame is enough. */
export const calm = signal(false);

/** A screen's frame, ms; frames that come later than this on average are late. */
const LATE = 21;
const VERY_LATE = 45;
/** What the next frame takes to come, at most, ms. */
const FRAME = 17;

/**
 * How often to draw: every frame, or fewer while the computer does not keep up: drawing must not take from
 * the sound what the eye would hardly miss.
 */
export class Tempo {
  private wait = 8;

  /** A frame came so many milliseconds after it was asked for. */
  came(after: number): void {
    // A page that was hidden is no slow computer.
    if (after < 500) this.wait += 0.05 * (after - this.wait);
  }

  /** Milliseconds from one drawn frame to the next, at least. */
  get period(): number {
    if (this.wait > VERY_LATE) return 100;
    if (this.wait > LATE) return calm.value ? 100 : 33;
    return calm.value ? 50 : 0;
  }
}

type Task = (now: number) => void;

const tempo = new Tempo();
const waiting = new Set<Task>();
let pending = false;
let drawn = 0;

/** Do this at the next beat; what waits already is not done twice. */
export function atBeat(task: Task): void {
  waiting.add(task);
  if (pending) return;
  pending = true;
  const wait = drawn + tempo.period - performance.now() - FRAME;
  if (wait > 0) setTimeout(ask, wait);
  else ask();
}

/** Do not do it after all. */
export function notAtBeat(task: Task): void {
  waiting.delete(task);
}

function ask(): void {
  const asked = performance.now();
  requestAnimationFrame((now) => {
    drawn = performance.now();
    tempo.came(drawn - asked);
    pending = false;
    const tasks = [...waiting];
    waiting.clear();
    for (const task of tasks) task(now);
  });
}
