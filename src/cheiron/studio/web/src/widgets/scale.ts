/** Where a value lies on a slider: linear, or exponential for what is heard in ratios. */

export type Curve = "linear" | "exp";

/** From a value to its place in [0, 1]. */
export function place(value: number, low: number, high: number, curve: Curve = "linear"): number {
  if (high === low) return 0;
  const clipped = Math.min(Math.max(value, Math.min(low, high)), Math.max(low, high));
  if (curve === "exp" && low > 0 && high > 0) {
    return Math.log(clipped / low) / Math.log(high / low);
  }
  return (clipped - low) / (high - low);
}

/** From a place in [0, 1] to the value there: the inverse of `place`. */
export function valueAt(at: number, low: number, high: number, curve: Curve = "linear"): number {
  const t = Math.min(Math.max(at, 0), 1);
  if (curve === "exp" && low > 0 && high > 0) return low * (high / low) ** t;
  return low + t * (high - low);
}
