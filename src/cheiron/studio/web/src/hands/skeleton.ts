/** A hand as lines. */

import type { Hand } from "../link/protocol";
import { BONES } from "./logic";

export const COLOURS: Record<Hand["side"], string> = { left: "#6fc3df", right: "#f2b56b" };

/** Draw hands on a surface that shows the picture mirrored, as the player sees himself. */
export function drawHands(
  to: CanvasRenderingContext2D,
  width: number,
  height: number,
  hands: readonly Hand[],
): void {
  to.lineCap = "round";
  to.lineWidth = 2;
  for (const { points, side } of hands) {
    const x = (landmark: number) => (1 - (points[3 * landmark] ?? 0)) * width;
    const y = (landmark: number) => (points[3 * landmark + 1] ?? 0) * height;
    to.strokeStyle = to.fillStyle = COLOURS[side];
    to.beginPath();
    for (const [from, end] of BONES) {
      to.moveTo(x(from), y(from));
      to.lineTo(x(end), y(end));
    }
    to.stroke();
    for (let landmark = 0; landmark < 21; landmark++) {
      to.beginPath();
      to.arc(x(landmark), y(landmark), landmark % 4 === 0 ? 3.5 : 2, 0, 2 * Math.PI);
      to.fill();
    }
  }
}
