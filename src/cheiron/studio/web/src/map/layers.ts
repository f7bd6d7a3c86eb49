/** How the map is drawn: what lies there, on one canvas, and what lives, on another above it. */

import type { LoopState, Touch } from "../link/protocol";
import type { Landmark } from "../state/store";
import { css, LAGOON } from "../widgets/palette";
import { themeColour } from "../widgets/surface";
import { type Box, type Point, toPixels } from "./geometry";
import { freshness, type Scale, type Step, within } from "./logic";

type Context = CanvasRenderingContext2D;

const NEAR_PX = 90;

/** Radius of a landmark: smaller where the map is small. */
const dotSize = (box: Box) => Math.min(4.5, Math.max(2.4, Math.sqrt(box.width * box.height) / 170));

/** The quiet grid, the loops and the landmarks. */
export function drawGround(
  to: Context,
  box: Box,
  landmarks: readonly Landmark[],
  colourBy: string,
  scale: Scale,
  loops: readonly LoopState[],
): void {
  drawGrid(to, box);
  to.globalCompositeOperation = "lighter";
  for (const landmark of landmarks) {
    const [x, y] = toPixels([landmark.x, landmark.y], box);
    dot(to, x, y, dotSize(box), colourOf(landmark, colourBy, scale), 0.62);
  }
  to.globalCompositeOperation = "source-over";
  for (const loop of loops) drawLoop(to, box, loop);
}

/** A landmark's colour; grey where it lacks the descriptor. */
export function colourOf(landmark: Landmark, by: string, scale: Scale): readonly [number, number, number] {
  const value = landmark.descriptors[by];
  return value === undefined ? [112, 122, 138] : LAGOON(within(value, scale));
}

function drawGrid(to: Context, box: Box): void {
  to.fillStyle = themeColour("line");
  for (let i = 0; i <= 10; i++) {
    for (let j = 0; j <= 10; j++) {
      const [x, y] = toPixels([i / 10, j / 10], box);
      to.fillRect(x - 0.75, y - 0.75, 1.5, 1.5);
    }
  }
}

function dot(
  to: Context,
  x: number,
  y: number,
  radius: number,
  colour: readonly [number, number, number],
  alpha: number,
): void {
  to.fillStyle = css(colour, alpha * 0.16);
  disc(to, x, y, radius * 2.6);
  to.fillStyle = css(colour, alpha);
  disc(to, x, y, radius);
}

function disc(to: Context, x: number, y: number, radius: number): void {
  to.beginPath();
  to.arc(x, y, radius, 0, 2 * Math.PI);
  to.fill();
}

function drawLoop(to: Context, box: Box, { path, name }: LoopState): void {
  const first = path[0];
  if (first === undefined) return;
  to.strokeStyle = themeColour("cool");
  to.globalAlpha = 0.75;
  to.lineWidth = 2;
  to.lineJoin = "round";
  to.setLineDash([2, 6]);
  to.lineCap = "round";
  to.beginPath();
  for (const point of path) to.lineTo(...toPixels(point, box));
  to.stroke();
  to.setLineDash([]);
  to.globalAlpha = 1;
  label(to, toPixels(first, box), name, themeColour("cool"), box);
}

/** Words beside a point, kept inside the map. */
export function label(to: Context, [x, y]: Point, text: string, colour: string, box: Box): void {
  to.font = `600 15px ${getComputedStyle(to.canvas).fontFamily}`;
  to.textBaseline = "middle";
  const width = to.measureText(text).width;
  const left = x + 16 + width > box.width ? x - 16 - width : x + 16;
  const high = Math.min(Math.max(y - 16, 14), box.height - 14);
  to.fillStyle = "rgb(12 14 18 / 0.82)";
  to.beginPath();
  to.roundRect(left - 7, high - 13, width + 14, 26, 8);
  to.fill();
  to.fillStyle = colour;
  to.fillText(text, left, high);
}

export interface Live {
  position: Point;
  sounding: boolean;
  confidence: number;
  /** 0 silent to 1 full scale. */
  level: number;
}

/** Landmarks that the live point is near to light up. */
export function drawNear(
  to: Context,
  box: Box,
  landmarks: readonly Landmark[],
  by: string,
  scale: Scale,
  live: Live,
): void {
  const [px, py] = toPixels(live.position, box);
  to.globalCompositeOperation = "lighter";
  for (const landmark of landmarks) {
    const [x, y] = toPixels([landmark.x, landmark.y], box);
    const near = 1 - Math.hypot(x - px, y - py) / NEAR_PX;
    if (near > 0) dot(to, x, y, dotSize(box) * (1 + 0.5 * near), colourOf(landmark, by, scale), near);
  }
  to.globalCompositeOperation = "source-over";
}

/** The fading way that the live point came: a ribbon that narrows, each piece ending where the next begins. */
export function drawTrail(to: Context, box: Box, trail: readonly Step[], now: number): void {
  to.fillStyle = themeColour("accent");
  const edges = trail.map((step, index) => {
    const [x, y] = toPixels([step.x, step.y], box);
    const [x0, y0] = toPixels([trail[index - 1]?.x ?? step.x, trail[index - 1]?.y ?? step.y], box);
    const [x1, y1] = toPixels([trail[index + 1]?.x ?? step.x, trail[index + 1]?.y ?? step.y], box);
    const half = 0.5 + 2.6 * freshness(step, now);
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const [dx, dy] = [(-half * (y1 - y0)) / length, (half * (x1 - x0)) / length];
    return [x + dx, y + dy, x - dx, y - dy] as const;
  });
  for (let i = 1; i < edges.length; i++) {
    const [from, end] = [edges[i - 1], edges[i]];
    if (from === undefined || end === undefined) continue;
    to.globalAlpha = 0.75 * freshness(trail[i] as Step, now) ** 1.5;
    to.beginPath();
    to.moveTo(from[0], from[1]);
    to.lineTo(end[0], end[1]);
    to.lineTo(end[2], end[3]);
    to.lineTo(from[2], from[3]);
    to.fill();
  }
  to.globalAlpha = 1;
}

/** Where the sound is now. */
export function drawPoint(to: Context, box: Box, live: Live): void {
  const [x, y] = toPixels(live.position, box);
  const strength = live.sounding ? 0.35 + 0.65 * live.confidence : 0.12;
  const reach = 26 + 64 * live.level;
  const halo = to.createRadialGradient(x, y, 0, x, y, reach);
  halo.addColorStop(0, `rgb(255 184 92 / ${0.75 * strength})`);
  halo.addColorStop(0.35, `rgb(255 184 92 / ${0.25 * strength})`);
  halo.addColorStop(1, "rgb(255 184 92 / 0)");
  to.fillStyle = halo;
  disc(to, x, y, reach);
  to.fillStyle = live.sounding ? "#fff6e6" : themeColour("dim");
  disc(to, x, y, live.sounding ? 9 : 7);
  to.lineWidth = 3;
  to.strokeStyle = live.sounding ? themeColour("accent") : themeColour("faint");
  to.stroke();
}

/** A ring around each finger: drawn at once, before the instrument has answered. */
export function drawTouches(to: Context, box: Box, touches: readonly Touch[]): void {
  to.strokeStyle = themeColour("accent");
  to.lineWidth = 2;
  for (const touch of touches) {
    const [x, y] = toPixels([touch.x, touch.y], box);
    to.globalAlpha = 0.9;
    to.beginPath();
    to.arc(x, y, 22 + 16 * touch.pressure, 0, 2 * Math.PI);
    to.stroke();
  }
  to.globalAlpha = 1;
}

/** The keyboard's cursor, while the map has the focus. */
export function drawCursor(to: Context, box: Box, at: Point): void {
  const [x, y] = toPixels(at, box);
  to.strokeStyle = themeColour("text");
  to.lineWidth = 2;
  to.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    to.moveTo(x + 12 * dx, y + 12 * dy);
    to.lineTo(x + 24 * dx, y + 24 * dy);
  }
  to.stroke();
}

/** A ring and a name: the landmark that a press would let hear. */
export function drawChosen(to: Context, box: Box, landmark: Landmark): void {
  const at = toPixels([landmark.x, landmark.y], box);
  to.strokeStyle = themeColour("text");
  to.lineWidth = 2;
  to.beginPath();
  to.arc(at[0], at[1], 2.2 * dotSize(box), 0, 2 * Math.PI);
  to.stroke();
  label(to, at, landmark.name, themeColour("text"), box);
}
