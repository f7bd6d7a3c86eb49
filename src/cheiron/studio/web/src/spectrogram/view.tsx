/** The sound's spectrum over the last seconds; a column for each scope message. */

import { useEffect, useRef } from "preact/hooks";
import { onScope } from "../link/link";
import { css, MAGMA, pixels } from "../widgets/palette";
import { Fft } from "./fft";
import { rowAt, rowsOf, shade, strongest } from "./logic";
import "./style.css";

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
const column = new ImageData(1, ROWS);
const words = new Uint32Array(column.data.buffer);

let rows = rowsOf(ROWS, 1024, 48000);
let rate = 48000;

export function Spectrogram() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const to = canvas.current?.getContext("2d");
    if (!to) return;
    to.fillStyle = css(MAGMA(0));
    to.fillRect(0, 0, COLUMNS, ROWS);
    // Small and stretched by CSS: scrolling moves few pixels.
    to.globalCompositeOperation = "copy";
    return onScope((samples, samplesRate) => add(to, samples, samplesRate));
  }, []);
  return (
    <figure class="spectrogram" role="img" aria-label="Spectrogram of the last seconds, low below">
      <canvas ref={canvas} width={COLUMNS} height={ROWS} />
      {MARKS.map(([frequency, text]) => (
        <span key={text} style={{ top: `${(100 * rowAt(frequency, ROWS, rate)) / ROWS}%` }}>
          {text}
        </span>
      ))}
    </figure>
  );
}

function add(to: CanvasRenderingContext2D, samples: Float32Array, samplesRate: number): void {
  if (samplesRate !== rate) {
    rate = samplesRate;
    rows = rowsOf(ROWS, 1024, rate);
  }
  fft.magnitudes(samples, magnitudes);
  rows.forEach((row, index) => {
    words[index] = colours[shade(strongest(magnitudes, row))] as number;
  });
  to.drawImage(to.canvas, -1, 0);
  to.putImageData(column, COLUMNS - 1, 0);
}
