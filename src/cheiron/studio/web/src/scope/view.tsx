/** The shape of the sound. */

import { onScope } from "../link/link";
import { themeColour, useSurface } from "../widgets/surface";
import { trigger, zoom } from "./logic";

const SHOWN = 640;

let latest: Float32Array = new Float32Array(1024);
let gain = 1;

export function Scope() {
  const canvas = useSurface(draw, (surface) =>
    onScope((samples) => {
      latest = samples;
      gain = zoom(gain, samples);
      surface.invalidate();
    }),
  );
  return <canvas ref={canvas} class="scope" role="img" aria-label="Scope: the shape of the sound" />;
}

function draw(to: CanvasRenderingContext2D, width: number, height: number): boolean {
  const middle = height / 2;
  to.fillStyle = themeColour("line");
  to.fillRect(0, middle - 0.5, width, 1);
  const start = trigger(latest, SHOWN);
  const shown = Math.min(SHOWN, latest.length - start);
  to.strokeStyle = themeColour("accent");
  to.lineWidth = 2;
  to.lineJoin = "round";
  to.beginPath();
  for (let i = 0; i < shown; i++) {
    const y = middle - 0.92 * middle * Math.min(1, Math.max(-1, gain * (latest[start + i] ?? 0)));
    to.lineTo((i / (shown - 1)) * width, y);
  }
  to.stroke();
  return false;
}
