import { describe, expect, it } from "vitest";
import { Fft } from "./fft";

/** The definition, with the same window. */
function direct(samples: Float32Array): number[] {
  const size = samples.length;
  return Array.from({ length: size / 2 }, (_, k) => {
    let [re, im] = [0, 0];
    samples.forEach((sample, n) => {
      const windowed = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
      re += windowed * Math.cos((2 * Math.PI * k * n) / size);
      im -= windowed * Math.sin((2 * Math.PI * k * n) / size);
    });
    return (4 / size) * Math.hypot(re, im);
  });
}

function noise(size: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: size }, () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 1073741824 - 1;
  });
}

describe("Fft", () => {
  it.each([2, 8, 64, 1024])("equals the definition at %i samples", (size) => {
    const samples = noise(size);
    const found = new Fft(size).magnitudes(samples, new Float32Array(size / 2));
    direct(samples).forEach((value, k) => expect(found[k]).toBeCloseTo(value, 5));
  });

  it("gives a sine of amplitude 1 as 1, in its own bin", () => {
    const samples = Float32Array.from({ length: 1024 }, (_, n) => Math.sin((2 * Math.PI * 100 * n) / 1024));
    const found = new Fft(1024).magnitudes(samples, new Float32Array(512));
    expect(found[100]).toBeCloseTo(1, 5);
    expect(found[104]).toBeCloseTo(0, 5);
  });

  it("takes the last of too many samples and fills too few", () => {
    const fft = new Fft(64);
    const samples = noise(100);
    const last = Float32Array.from(fft.magnitudes(samples.slice(36), new Float32Array(32)));
    expect(fft.magnitudes(samples, new Float32Array(32))).toEqual(last);
    expect(fft.magnitudes(new Float32Array(3), new Float32Array(32)).every((each) => each === 0)).toBe(true);
  });

  it("refuses sizes that are no power of two", () => {
    expect(() => new Fft(100)).toThrow(RangeError);
  });
});
