/** Where the scope starts, so that a steady tone stands still. */

/**
 * Index of the rising zero crossing that the picture starts from; 0 when there is none.
 *
 * Among the crossings of the first half the steepest is taken, after the sound has first been well
 * below zero (a third of its own peak), so that noise around zero does not trigger.
 */
export function trigger(samples: Float32Array, shown: number): number {
  const last = samples.length - shown;
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  let armed = false;
  let found = 0;
  let steepest = 0;
  for (let i = 1; i <= last; i++) {
    const [before, here] = [samples[i - 1] as number, samples[i] as number];
    if (before < -peak / 3) armed = true;
    if (!armed || before >= 0 || here < 0) continue;
    armed = false;
    if (here - before > 1.2 * steepest) [found, steepest] = [i, here - before];
  }
  return found;
}

/** The gain that fills the picture without ever jumping: the peak, followed slowly downwards. */
export function zoom(before: number, samples: Float32Array): number {
  let peak = 1e-3;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  const wanted = Math.min(1 / peak, 40);
  return wanted < before ? wanted : before + 0.06 * (wanted - before);
}
