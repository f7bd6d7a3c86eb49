/** From FFT bins to the rows of a picture with a logarithmic frequency axis. */

export const LOWEST_HZ = 50;
const FLOOR_DB = -84;
const TOP_DB = -6;

/** First and last bin (fractional) of each row, from the top (the highest frequency) down. */
export function rowsOf(height: number, size: number, rate: number): [number, number][] {
  const highest = Math.min(rate / 2, 18000);
  const hertz = (row: number) => highest * (LOWEST_HZ / highest) ** (row / height);
  const bin = (frequency: number) => (frequency * size) / rate;
  return Array.from({ length: height }, (_, row) => [bin(hertz(row + 1)), bin(hertz(row))]);
}

/** The row of a frequency, from the top; it may be fractional. */
export function rowAt(frequency: number, height: number, rate: number): number {
  const highest = Math.min(rate / 2, 18000);
  return (height * Math.log(frequency / highest)) / Math.log(LOWEST_HZ / highest);
}

/** The strongest bin of a row; between two bins where the row is narrower than one. */
export function strongest(magnitudes: Float32Array, [from, to]: readonly [number, number]): number {
  const [first, last] = [Math.ceil(from), Math.floor(to)];
  if (first > last) {
    const low = Math.floor(from);
    const mix = (from + to) / 2 - low;
    return (1 - mix) * (magnitudes[low] ?? 0) + mix * (magnitudes[low + 1] ?? 0);
  }
  let most = 0;
  for (let k = first; k <= last; k++) most = Math.max(most, magnitudes[k] ?? 0);
  return most;
}

/** Brightness 0 to 255 of a magnitude; a sine at full scale and all above -6 dB is the brightest. */
export function shade(magnitude: number): number {
  const db = 20 * Math.log10(Math.max(magnitude, 1e-9));
  return Math.round(255 * Math.min(1, Math.max(0, (db - FLOOR_DB) / (TOP_DB - FLOOR_DB))));
}
