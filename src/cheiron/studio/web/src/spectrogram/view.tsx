/** The sound's spectrum over the last seconds; a column for each scope message. */

import { onScope } from "../link/link";
import { MAGMA, pixels } from "../widgets/palette";
import { themeColour, useSurface } from "../widgets/surface";
import { Fft } from "./fft";
import { rowAt, rowsOf, shade, strongest } from "./logic";

const COLUMNS = 256;
const ROWS = 160;
const MARKS = [
  [100, "100"],
  [1000, "1k"],
  [10000, "10k"],
] as const;

const fft = new Fft(1024);
const magnitudes = new Float32Array(512);
const colours = pixels(MAGMA);
/** Columns one after the other, the oldest overwritten. */
const image = new OffscreenCanvas(COLUMNS, ROWS);
const picture = image.getContext("2d") as OffscreenCanvasRenderingContext2D;
const column = new ImageData(1, ROWS);
const words = new Uint32Array(column.data.buffer);

let rows = rowsOf(ROWS, 1024, 48000);
let rate = 48000;
let written = 0;

picture.fillStyle = `rgb(${MAGMA(0)})`;
picture.fillRect(0, 0, COLUMNS, ROWS);
onScope(add);

export function Spectrogram() {
  const canvas = useSurface(draw, (surface) => onScope(surface.invalidate));
  return (
    <canvas
      ref={canvas}
      class="spectrogram"
      role="img"
      aria-label="Spectrogram of the last seconds, low below"
    />
  );
}

function add(samples: Float32Array, samplesRate: number): void {
  if (samplesRate !== rate) {
    rate = samplesRate;
    rows = rowsOf(ROWS, 1024, rate);
  }
  fft.magnitudes(samples, magnitudes);
  rows.forEach((row, index) => {
    words[index] = colours[shade(strongest(magnitudes, row))] as number;
  });
  picture.putImageData(column, written % COLUMNS, 0);
  written++;
}

function draw(to: CanvasRenderingContext2D, width: number, height: number): boolean {
  const at = written % COLUMNS;
  const scale = width / COLUMNS;
  // From the oldest column on, then from the start of the ring.
  to.drawImage(image, at, 0, COLUMNS - at, ROWS, 0, 0, (COLUMNS - at) * scale, height);
  if (at > 0) to.drawImage(image, 0, 0, at, ROWS, (COLUMNS - at) * scale, 0, at * scale, height);
  to.fillStyle = themeColour("text");
  to.globalAlpha = 0.7;
  to.font = `12px ${getComputedStyle(to.canvas).fontFamily}`;
  to.textBaseline = "middle";
  for (const [frequency, text] of MARKS) to.fillText(text, 6, rowAt(frequency, height, rate));
  to.globalAlpha = 1;
  return false;
}
