/** How long to wait before trying again: doubling, capped, and a little uneven so that pages spread. */

const FIRST_S = 0.25;
const MOST_S = 8;

/** Seconds before attempt `attempt` (0 = the first after a loss); `uneven` in [0, 1) shortens it. */
export function delay(attempt: number, uneven: number): number {
  const full = Math.min(MOST_S, FIRST_S * 2 ** Math.min(attempt, 16));
  return full * (1 - 0.25 * uneven);
}
