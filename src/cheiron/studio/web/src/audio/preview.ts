/** Hearing a landmark: its recorded sound, played by the page itself beside the instrument. */

import { effect } from "@preact/signals";
import { fetchBeside } from "../link/link";
import { state } from "../state/store";
import { say } from "../state/toasts";

const KEPT = 64;
const FADE_S = 0.03;

const sounds = new Map<number, Promise<AudioBuffer>>();
let context: AudioContext | null = null;
let running: { source: AudioBufferSourceNode; gain: GainNode } | null = null;
let of = "";

effect(() => {
  const model = state.value?.model.name ?? "";
  if (model !== of) sounds.clear();
  of = model;
});

/** Play landmark `index`; what was heard before fades out. */
export async function hear(index: number): Promise<void> {
  context ??= new AudioContext();
  void context.resume();
  try {
    const buffer = await fetched(context, index);
    hush();
    const gain = new GainNode(context, {
      gain: state.value?.muted ? 0 : Math.min(state.value?.gain ?? 1, 1),
    });
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(gain).connect(context.destination);
    source.start();
    running = { source, gain };
  } catch (error) {
    sounds.delete(index);
    console.warn("no preview:", error);
    say("warning", "This landmark has no sound to hear.");
  }
}

/** Fade out what is heard. */
export function hush(): void {
  if (running === null || context === null) return;
  running.gain.gain.setTargetAtTime(0, context.currentTime, FADE_S / 3);
  running.source.stop(context.currentTime + 2 * FADE_S);
  running = null;
}

function fetched(using: AudioContext, index: number): Promise<AudioBuffer> {
  const known = sounds.get(index);
  if (known !== undefined) return known;
  const oldest = sounds.keys().next();
  if (sounds.size >= KEPT && !oldest.done) sounds.delete(oldest.value);
  const coming = fetchBeside(`api/preview/${index}`)
    .then((response) => response.arrayBuffer())
    .then((bytes) => using.decodeAudioData(bytes));
  sounds.set(index, coming);
  return coming;
}
