/** The level meter's ballistics: the highest peak stays for a while, then falls. */

export const FLOOR_DB = -60;
const HOLD_S = 1.5;
const FALL_DB_S = 24;

export interface Held {
  /** dBFS. */
  level: number;
  /** Seconds on the clock of the moments when that level was reached. */
  since: number;
  time: number;
}

export const SILENT: Held = { level: FLOOR_DB, since: 0, time: 0 };

/** The held peak after a moment with this peak. */
export function holdPeak(held: Held, peak: number, time: number): Held {
  const level = Number.isFinite(peak) ? Math.max(peak, FLOOR_DB) : FLOOR_DB;
  // A clock that went back is another engine's.
  if (level >= held.level || time < held.time) return { level, since: time, time };
  if (time - held.since < HOLD_S) return { ...held, time };
  const fallen = held.level - FALL_DB_S * (time - Math.max(held.time, held.since + HOLD_S));
  return { level: Math.max(level, fallen), since: held.since, time };
}

/** Where a level stands on the meter, 0 to 1; finer near the top, where it matters (IEC 60268-18). */
export function travel(db: number): number {
  if (!(db > FLOOR_DB)) return 0;
  const points = [
    [-60, 0],
    [-50, 0.075],
    [-40, 0.15],
    [-30, 0.3],
    [-20, 0.5],
    [0, 1],
  ] as const;
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1] as (typeof points)[number], points[i] as (typeof points)[number]];
    if (db <= to[0]) return from[1] + ((db - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
  }
  return 1;
}
