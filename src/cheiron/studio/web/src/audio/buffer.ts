/**
 * The page's buffer between the network and the loudspeaker.
 *
 * Sound arrives unevenly and is taken evenly, by two clocks that never agree. What matters is how near
 * the buffer comes to running dry: the least that was left after a take in the last half second, the
 * *low water*. It is held at a margin by playing up to half a per cent faster or slower, which nobody
 * hears (cubic interpolation). After a gap the margin grows; while all goes well it shrinks slowly.
 * Gaps fade out and in, and are counted. Before the first sound the arrival is watched for a moment, so
 * that playing starts with what its unevenness needs.
 *
 * All of it runs on the audio thread; nothing is allocated after the constructor.
 */

/** Samples kept back so that there is always something to fade out with. */
export const RESERVE = 32;
const FADE = 128;
const WINDOW_S = 0.5;
const SETTLE_S = 0.2;
const MOST_BEND = 0.005;
const LEAST_MARGIN_S = 0.0027;
const FIRST_MARGIN_S = 0.0054;
const MOST_MARGIN_S = 0.1;
/** What a gap adds to the margin, beside a fifth of it. */
const GAP_S = 0.002;
/** Sound that waits this long beyond what is needed is left out at once. */
const TOO_MUCH_S = 0.06;

export class SoundBuffer {
  /** Times that the sound broke off because nothing had come. */
  gaps = 0;
  /** Times that a piece was left out because too much had come. */
  skips = 0;
  /** Samples that are aimed at as low water. */
  margin: number;
  /** Speed of playing, 1 as recorded. */
  speed = 1;

  private readonly ring: Float32Array;
  private readonly mask: number;
  private written = 0;
  /** Where it is read, in samples since the start; between two of them. */
  private at = 0;
  private playing = false;
  private skipping = false;
  /** Samples taken since sound first came, played or not, and how far arrival fell behind them. */
  private settled = 0;
  private worst = Number.POSITIVE_INFINITY;
  private readonly settling: number;
  /** Samples of the fade-in that are still to come. */
  private rising = 0;
  private low = Number.POSITIVE_INFINITY;
  private taken = 0;
  private calm = 0;
  /** The speed that is wanted. */
  private bent = 1;
  /** How much faster the sender's clock runs, as learnt so far. */
  private drift = 0;

  /** `rate`: samples a second; `capacity`: a power of two. */
  constructor(
    private readonly rate: number,
    capacity = 65536,
  ) {
    this.ring = new Float32Array(capacity);
    this.mask = capacity - 1;
    this.margin = FIRST_MARGIN_S * rate;
    this.settling = SETTLE_S * rate;
  }

  /** Samples that wait. */
  get waiting(): number {
    return Math.max(0, this.written - this.at);
  }

  get sounding(): boolean {
    return this.playing;
  }

  /** Sound has come. What does not fit pushes out what is oldest. */
  push(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i++) this.ring[(this.written + i) & this.mask] = samples[i] as number;
    this.written += samples.length;
    const oldest = this.written - this.ring.length + 8;
    if (this.at < oldest) {
      this.at = this.written - this.margin - FADE;
      this.rising = FADE;
      this.skips++;
    }
  }

  /** Fill `out` with what is to be heard now. */
  pull(out: Float32Array): void {
    const needed = out.length * this.speed + 3;
    if (!this.playing && !this.ready(out.length, needed)) {
      out.fill(0);
      return;
    }
    if (this.waiting < needed + RESERVE) return this.breakOff(out);
    if (this.skipping) return this.skip(out);
    this.read(out, out.length);
    this.watch(out.length);
  }

  /** Wait for enough to begin with, and begin. */
  private ready(count: number, needed: number): boolean {
    if (this.settled < this.settling) return this.settle(count);
    if (this.waiting < needed + RESERVE + this.margin) return false;
    this.start(this.margin + RESERVE + needed);
    return true;
  }

  /** Watch how evenly sound arrives; then begin where the worst that was seen leaves the margin. */
  private settle(count: number): boolean {
    if (this.written === 0) return false;
    this.settled += count;
    const ahead = this.written - this.settled;
    this.worst = Math.min(this.worst, ahead);
    if (this.settled < this.settling) return false;
    this.start(ahead + count - this.worst + this.margin + RESERVE);
    return true;
  }

  /** Play from `behind` samples before the newest on. */
  private start(behind: number): void {
    this.playing = true;
    this.at = Math.max(this.at, this.written - behind);
    this.rising = FADE;
    this.bent = 1 + this.drift;
    this.speed = this.bent;
    this.forget();
  }

  /** Play the rest and fade it out: the next sample is not there. */
  private breakOff(out: Float32Array): void {
    const left = Math.min(out.length, Math.floor((this.waiting - 3) / this.speed));
    out.fill(0);
    this.read(out, Math.max(0, left));
    fadeOut(out, Math.max(0, left));
    this.at = this.written;
    this.playing = false;
    this.gaps++;
    this.margin = Math.min(1.2 * this.margin + GAP_S * this.rate, MOST_MARGIN_S * this.rate);
    this.calm = 0;
  }

  /** Fade out, leave out what is too much, fade in with the next block. */
  private skip(out: Float32Array): void {
    this.read(out, out.length);
    fadeOut(out, out.length);
    this.at = Math.max(this.at, this.written - this.margin - RESERVE - 2 * FADE);
    this.rising = FADE;
    this.skipping = false;
    this.skips++;
    this.forget();
  }

  /** Cubic interpolation (Catmull and Rom, 1974) between the samples around `at`. */
  private read(out: Float32Array, count: number): void {
    const { ring, mask } = this;
    let at = this.at;
    for (let i = 0; i < count; i++) {
      const whole = Math.floor(at);
      const t = at - whole;
      const a = ring[(whole - 1) & mask] as number;
      const b = ring[whole & mask] as number;
      const c = ring[(whole + 1) & mask] as number;
      const d = ring[(whole + 2) & mask] as number;
      const curve = t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
      let sample = b + 0.5 * curve;
      if (this.rising > 0) sample *= 1 - this.rising-- / FADE;
      out[i] = sample;
      at += this.speed;
    }
    this.at = at;
  }

  /** Note how much was left, and twice a second bend the speed. */
  private watch(count: number): void {
    this.low = Math.min(this.low, this.waiting - RESERVE);
    this.taken += count;
    // Towards the wanted speed in a twentieth of a second or so, without a step in pitch.
    this.speed += 0.05 * (this.bent - this.speed);
    if (this.taken < WINDOW_S * this.rate) return;
    const excess = this.low - this.margin;
    if (excess > TOO_MUCH_S * this.rate) this.skipping = true;
    // A part that acts at once, sooner where a gap threatens than where there is only too much, and
    // one that learns how the clocks differ.
    const seconds = excess / this.rate;
    this.drift = bounded(this.drift + 0.08 * WINDOW_S * seconds);
    this.bent = 1 + bounded((seconds < 0 ? 0.8 : 0.3) * seconds + this.drift);
    this.calm += this.taken / this.rate;
    if (this.calm > 15) {
      this.margin = Math.max(0.9 * this.margin, LEAST_MARGIN_S * this.rate);
      this.calm = 10;
    }
    this.forget();
  }

  private forget(): void {
    this.low = Number.POSITIVE_INFINITY;
    this.taken = 0;
  }
}

function bounded(bend: number): number {
  return Math.min(Math.max(bend, -MOST_BEND), MOST_BEND);
}

/** Fade the last samples of the first `count` to silence. */
function fadeOut(out: Float32Array, count: number): void {
  const length = Math.min(FADE, count);
  for (let i = 0; i < length; i++) {
    out[count - length + i] = (out[count - length + i] as number) * (1 - (i + 1) / length);
  }
}
