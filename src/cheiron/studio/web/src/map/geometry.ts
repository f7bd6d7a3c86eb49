/** From the map, [0, 1] with y up, to pixels of its canvas and back. */

export interface Box {
  width: number;
  height: number;
}

export type Point = readonly [x: number, y: number];

/** Pixels kept free at each side, so that a landmark at the edge is whole. */
export function margin({ width, height }: Box): number {
  return Math.min(28, 0.06 * Math.min(width, height));
}

export function toPixels([x, y]: Point, box: Box): [number, number] {
  const m = margin(box);
  return [m + x * (box.width - 2 * m), m + (1 - y) * (box.height - 2 * m)];
}

/** A place outside the map is moved to its edge. */
export function toMap([px, py]: Point, box: Box): [number, number] {
  const m = margin(box);
  const clip = (value: number) => (Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : 0.5);
  return [clip((px - m) / (box.width - 2 * m)), clip(1 - (py - m) / (box.height - 2 * m))];
}

/** Index of the point nearest to `at`, in pixels; -1 when none lies within `reach`. */
export function nearest(
  points: readonly { x: number; y: number }[],
  at: Point,
  box: Box,
  reach: number,
): number {
  let found = -1;
  let best = reach * reach;
  points.forEach((point, index) => {
    const [x, y] = toPixels([point.x, point.y], box);
    const distance = (x - at[0]) ** 2 + (y - at[1]) ** 2;
    if (distance <= best) [found, best] = [index, distance];
  });
  return found;
}
