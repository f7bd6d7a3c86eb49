import { describe, expect, it } from "vitest";
import { SoundBuffer } from "./buffer";

const RATE = 48000;
const QUANTUM = 128;

interface Way {
  /** Samples in a message. */
  block?: number;
  /** Seconds that message `n` comes late. */
  late?: (n: number) => number;
  /** Quanta that are taken at once. */
  burst?: number;
  /** How much faster the sender's clock runs. */
  drift?: number;
  seconds?: number;
  sound?: (n: number) => number;
}

/** Play a stream through a buffer: sender and loudspeaker on their own clocks. */
function play(way: Way): { buffer: SoundBuffer; heard: Float32Array; waits: number[] } {
  const { block = 128, late = () => 0, burst = 1, drift = 0, seconds = 20 } = way;
  const sound = way.sound ?? (() => 0.5);
  const buffer = new SoundBuffer(RATE);
  const heard = new Float32Array(Math.floor((seconds * RATE) / QUANTUM) * QUANTUM);
  const waits: number[] = [];
  let message = 0;
  let arrived = 0;
  for (let at = 0; at < heard.length; at += QUANTUM) {
    const now = Math.floor(at / QUANTUM / burst) * burst * (QUANTUM / RATE);
    for (;;) {
      // Messages of one connection never overtake each other.
      const due = Math.max(arrived, (message * block) / RATE / (1 + drift) + late(message));
      if (due > now) break;
      arrived = due;
      const first = message * block;
      buffer.push(Float32Array.from({ length: block }, (_, i) => sound(first + i)));
      message++;
    }
    buffer.pull(heard.subarray(at, at + QUANTUM));
    waits.push(buffer.waiting / RATE);
  }
  return { buffer, heard, waits };
}

const sine = (n: number) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / RATE);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The largest step between neighbours: a click is a large one. */
function roughest(heard: Float32Array): number {
  let most = 0;
  for (let i = 1; i < heard.length; i++)
    most = Math.max(most, Math.abs((heard[i] ?? 0) - (heard[i - 1] ?? 0)));
  return most;
}

/** Uneven, the same on every run. */
function jitter(most: number): (n: number) => number {
  return (n) => (most * ((n * 7919) % 101)) / 101;
}

describe("SoundBuffer", () => {
  it("plays an even stream without a gap, some ten milliseconds behind", () => {
    const { buffer, waits } = play({});
    expect([buffer.gaps, buffer.skips]).toEqual([0, 0]);
    expect(mean(waits.slice(-1000))).toBeLessThan(0.012);
  });

  it("plays a stream that arrives by fits and starts", () => {
    const { buffer, waits } = play({ late: jitter(0.012), burst: 4 });
    expect(buffer.gaps).toBe(0);
    expect(mean(waits.slice(-1000))).toBeLessThan(0.035);
  });

  it.each([0.0005, -0.0005, 0.003, -0.003])("follows a sender's clock that is off by %f", (drift) => {
    const { buffer, waits } = play({ drift, seconds: 60, late: jitter(0.003) });
    expect([buffer.gaps, buffer.skips]).toEqual([0, 0]);
    expect(mean(waits.slice(-1000))).toBeLessThan(0.03);
    expect(buffer.speed).toBeCloseTo(1 + drift, 2);
  });

  it("never bends by more than half a per cent", () => {
    const { buffer } = play({ drift: 0.02, seconds: 10 });
    expect(Math.abs(buffer.speed - 1)).toBeLessThanOrEqual(0.005);
  });

  it("fades at a gap, counts it, and keeps more in reserve from then on", () => {
    const { buffer, heard } = play({ seconds: 4, sound: sine, late: (n) => (n >= 750 && n < 800 ? 0.1 : 0) });
    expect(buffer.gaps).toBe(1);
    expect(buffer.margin).toBeGreaterThan(0.0054 * RATE);
    // The steepest step of the tone itself is 0.029.
    expect(roughest(heard)).toBeLessThan(0.06);
  });

  it("gives the reserve back slowly when all goes well", () => {
    const late = (n: number) => (n === 750 ? 0.15 : 0);
    const soon = play({ seconds: 5, late }).buffer;
    const later = play({ seconds: 120, late }).buffer;
    expect(later.gaps).toBe(soon.gaps);
    expect(later.margin).toBeLessThan(0.8 * soon.margin);
  });

  it("leaves out what a stall has piled up instead of staying late", () => {
    const { buffer, waits, heard } = play({
      seconds: 6,
      sound: sine,
      late: (n) => (n > 100 && n < 400 ? 0.4 : 0),
    });
    expect(mean(waits.slice(-300))).toBeLessThan(0.06);
    expect(buffer.gaps + buffer.skips).toBeGreaterThan(0);
    expect(roughest(heard)).toBeLessThan(0.06);
  });

  it("does not change the sound", () => {
    const { heard } = play({ seconds: 8, sound: sine });
    const tail = heard.slice(-RATE);
    expect(Math.max(...tail)).toBeCloseTo(0.5, 2);
    let crossings = 0;
    for (let i = 1; i < tail.length; i++) if ((tail[i - 1] ?? 0) < 0 && (tail[i] ?? 0) >= 0) crossings++;
    expect(Math.abs(crossings - 440)).toBeLessThanOrEqual(3);
  });

  it("is silent before anything has come and after all has gone", () => {
    const buffer = new SoundBuffer(RATE);
    const out = new Float32Array(QUANTUM).fill(1);
    buffer.pull(out);
    expect(out.every((each) => each === 0)).toBe(true);
    expect(buffer.gaps).toBe(0);
  });

  it("survives more than it can hold", () => {
    const buffer = new SoundBuffer(RATE, 4096);
    for (let i = 0; i < 100; i++) buffer.push(new Float32Array(1000).fill(0.25));
    const out = new Float32Array(QUANTUM);
    for (let i = 0; i < 100; i++) {
      buffer.push(new Float32Array(QUANTUM).fill(0.25));
      buffer.pull(out);
    }
    expect(out[QUANTUM - 1]).toBeCloseTo(0.25);
  });
});
