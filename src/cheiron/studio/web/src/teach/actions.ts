/** What the panel and the keys do when somebody teaches. */

import { signal } from "@preact/signals";
import { shortcut } from "../keyboard/shortcuts";
import { send } from "../link/link";
import { state } from "../state/store";
import { freshName, loopOf, stillThere, sounds, takeOf } from "./logic";

/** What the next gesture is called; empty for the next free name. */
export const name = signal("");
/** What it is shown to, one of `sounds`. */
export const sound = signal("");
/** Seconds to count in. */
export const count = signal(3);

/** Start, or keep what is being shown; while it is counted in, stop. */
export function toggleTeach(): void {
  const teach = state.peek()?.teach;
  if (!teach) return;
  if (teach.phase !== "") void send({ type: "teach-stop", keep: teach.phase === "record" });
  else void start();
}

async function start(): Promise<void> {
  const now = state.peek();
  if (!now) return;
  const gesture = name.peek().trim() || freshName(now.teach.gestures);
  const chosen = stillThere(sound.peek(), sounds(now.loops, now.takes));
  if (takeOf(chosen)) return void choose(chosen);
  const reply = await send({
    type: "teach-start",
    gesture,
    sound: loopOf(chosen),
    count: count.peek(),
  });
  if (reply.ok) name.value = gesture;
}

export function discard(): void {
  void send({ type: "teach-stop", keep: false });
}

/** Choose a sound; a take becomes a loop, which takes a moment. */
export function choose(value: string): void {
  sound.value = value;
  const take = takeOf(value);
  if (take) void send({ type: "loop-from-take", take });
}

shortcut({ keys: "G", does: "Show a gesture; again to keep it", run: toggleTeach });
