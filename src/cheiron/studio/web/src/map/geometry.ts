/** From the map, [0, 1] with y up, to pixels of its canvas and back. */

export interface Box {
  width: number;
  height: number;
}

export type Point = readonly [x: number, y: number];

interface Field {
  left: number;
  top: number;
  width: number;
  height: number;
}

const TOOLS_PX = 44;
const NARROW_PX = 620;

/**
 * The part of the canvas that is the map. A margin keeps landmarks at the edge whole, and the tools
 * below (and the legend above, where the screen is narrow) cover none.
 */
export function field({ width, height }: Box): Field {
  const edge = Math.min(28, 0.06 * Math.min(width, height));
  const tools = height > 240 ? TOOLS_PX : 0;
  const above = width < NARROW_PX ? tools : 0;
  return {
    left: edge,
    top: edge + above,
    width: width - 2 * edge,
    height: height - 2 * edge - tools - above,
  };
}

export function toPixels([x, y]: Point, box: Box): [number, number] {
  const { left, top, width, height } = field(box);
  return [left + x * width, top + (1 - y) * height];
}

/** A place outside the map is moved to its edge. */
export function toMap([px, py]: Point, box: Box): [number, number] {
  const { left, top, width, height } = field(box);
  const clip = (value: number) => (Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : 0.5);
  return [clip((px - left) / width), clip(1 - (py - top) / height)];
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
