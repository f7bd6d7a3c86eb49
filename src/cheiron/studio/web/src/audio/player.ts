/** The instrument's sound through this page: used when there is no audio device. */

import { computed, effect, signal } from "@preact/signals";
import { routeSound } from "../link/link";
import { state } from "../state/store";
import { say } from "../state/toasts";
import { calm } from "../widgets/beat";
import type { FromWorklet, ToWorklet } from "./messages";
import worklet from "./worklet.ts?worker&url";

export interface PageSound {
  /** Milliseconds from the arrival of a sample to the loudspeaker. */
  latency: number;
  /** Milliseconds of it that are the page's own buffer. */
  buffer: number;
  gaps: number;
}

/** How the page's sound is doing; null while it plays none. */
export const pageSound = signal<PageSound | null>(null);
/** Browsers stay silent until the page is touched: true while they wait for that. */
export const needsTouch = signal(false);

/** Samples a second of the sound that is meant for this page; 0 for none. */
const wanted = computed(() => (state.value?.output.kind === "page" ? state.value.output.sampleRate : 0));

let context: AudioContext | null = null;
let node: AudioWorkletNode | null = null;
let generation = 0;

/** Play whenever the instrument's output is the page. */
export function startSound(): void {
  effect(() => {
    calm.value = wanted.value > 0;
    void play(wanted.value);
  });
  for (const event of ["pointerdown", "pointerup", "keydown"]) {
    window.addEventListener(event, () => void context?.resume(), { capture: true, passive: true });
  }
}

async function play(rate: number): Promise<void> {
  const mine = ++generation;
  stop();
  if (rate === 0) return;
  const opened = new AudioContext({ sampleRate: rate, latencyHint: 0 });
  context = opened;
  opened.onstatechange = () => {
    if (context === opened) needsTouch.value = opened.state !== "running";
  };
  needsTouch.value = opened.state !== "running";
  try {
    await opened.audioWorklet.addModule(worklet);
  } catch (error) {
    console.error(error);
    say("error", "This browser cannot play the sound here; choose an audio device as the output.");
    return;
  }
  if (mine === generation) connect(opened);
}

function connect(to: AudioContext): void {
  node = new AudioWorkletNode(to, "cheiron-player", { numberOfInputs: 0, outputChannelCount: [2] });
  node.connect(to.destination);
  const { port1, port2 } = new MessageChannel();
  tell({ sound: port2 }, [port2]);
  routeSound(port1);
  node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
    const below = 1000 * (to.baseLatency + (to.outputLatency || 0));
    pageSound.value = { latency: data.waiting + below, buffer: data.waiting, gaps: data.gaps };
  };
}

function stop(): void {
  routeSound(null);
  node?.disconnect();
  void context?.close();
  node = null;
  context = null;
  needsTouch.value = false;
  pageSound.value = null;
}

function tell(message: ToWorklet, transfer: Transferable[] = []): void {
  node?.port.postMessage(message, transfer);
}

/** What is heard, for measuring: samples with the page's time (performance.now(), ms) of the first. */
export type Tap = (samples: Float32Array, at: number) => void;

/** Listen to what this page plays; returns how to stop. The bench measures delays with it. */
export function tapSound(listener: Tap): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<{ time: number; samples: Float32Array }>) => {
    const stamp = context?.getOutputTimestamp();
    if (stamp === undefined || context === null) return;
    const at = (stamp.performanceTime ?? 0) + 1000 * (data.time - (stamp.contextTime ?? 0));
    listener(data.samples, at);
  };
  tell({ tap: port2 }, [port2]);
  return () => {
    tell({ tap: null });
    port1.close();
  };
}
