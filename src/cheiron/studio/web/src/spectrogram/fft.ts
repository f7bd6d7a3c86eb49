/** Fast Fourier transform of real samples, radix 2 (Cooley and Tukey, 1965). */

export class Fft {
  private readonly cos: Float32Array;
  private readonly sin: Float32Array;
  private readonly window: Float32Array;
  private readonly order: Uint16Array;
  private readonly re: Float32Array;
  private readonly im: Float32Array;

  /** `size`: a power of two, 2 to 65536. */
  constructor(readonly size: number) {
    const bits = Math.log2(size);
    if (!Number.isInteger(bits) || bits < 1 || bits > 16) throw new RangeError(`FFT of ${size} samples`);
    const each = (of: (i: number) => number) => Float32Array.from({ length: size }, (_, i) => of(i));
    this.cos = each((i) => Math.cos((2 * Math.PI * i) / size));
    this.sin = each((i) => Math.sin((2 * Math.PI * i) / size));
    this.window = each((i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    this.order = Uint16Array.from({ length: size }, (_, i) => reversed(i, bits));
    this.re = new Float32Array(size);
    this.im = new Float32Array(size);
  }

  /**
   * Magnitudes of the first size / 2 bins of Hann-windowed samples: a sine of amplitude 1 gives 1.
   * Fewer samples than `size` are filled up with zeros; of more, the last are taken.
   */
  magnitudes(samples: Float32Array, out: Float32Array): Float32Array {
    const { size, re, im } = this;
    const from = Math.max(0, samples.length - size);
    for (let i = 0; i < size; i++) {
      const at = this.order[i] as number;
      re[i] = (samples[from + at] ?? 0) * (this.window[at] as number);
    }
    im.fill(0);
    this.transform();
    for (let k = 0; k < size / 2; k++) out[k] = (4 / size) * Math.hypot(re[k] as number, im[k] as number);
    return out;
  }

  private transform(): void {
    const { size, re, im, cos, sin } = this;
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let i = 0; i < half; i++) {
          const [a, b] = [start + i, start + i + half];
          const [c, s] = [cos[i * stride] as number, -(sin[i * stride] as number)];
          const [x, y] = [re[b] as number, im[b] as number];
          const [u, v] = [c * x - s * y, c * y + s * x];
          re[b] = (re[a] as number) - u;
          im[b] = (im[a] as number) - v;
          re[a] = (re[a] as number) + u;
          im[a] = (im[a] as number) + v;
        }
      }
    }
  }
}

function reversed(value: number, bits: number): number {
  let out = 0;
  for (let i = 0; i < bits; i++) out |= ((value >> i) & 1) << (bits - 1 - i);
  return out;
}
