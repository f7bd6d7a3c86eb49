/** On the audio thread: sound comes through a port straight from the link's worker. */

import type { Block } from "../link/binary";
import { SoundBuffer } from "./buffer";
import type { FromWorklet, ToWorklet } from "./messages";

declare const sampleRate: number;
declare const currentTime: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const REPORT_S = 0.5;

class Player extends AudioWorkletProcessor {
  private readonly buffer = new SoundBuffer(sampleRate);
  private reported = 0;
  private waiting = 0;
  private pulls = 0;
  private tap: MessagePort | null = null;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if ("tap" in data) this.tap = data.tap;
      else data.sound.onmessage = ({ data: block }: MessageEvent<Block>) => this.buffer.push(block.samples);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0] ?? [];
    const first = channels[0];
    if (first === undefined) return true;
    this.waiting += this.buffer.waiting;
    this.pulls++;
    this.buffer.pull(first);
    for (const other of channels.slice(1)) other.set(first);
    this.tap?.postMessage({ time: currentTime, samples: first.slice() });
    if (currentTime - this.reported >= REPORT_S) this.report();
    return true;
  }

  private report(): void {
    const { gaps, skips, margin, speed, sounding } = this.buffer;
    const message: FromWorklet = {
      waiting: (1000 * this.waiting) / this.pulls / sampleRate,
      margin: (1000 * margin) / sampleRate,
      gaps,
      skips,
      speed,
      sounding,
    };
    this.port.postMessage(message);
    this.reported = currentTime;
    this.waiting = 0;
    this.pulls = 0;
  }
}

registerProcessor("cheiron-player", Player);
