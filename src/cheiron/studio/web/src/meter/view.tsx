/** How loud it is: RMS, peak with hold, and a light that stays when the sound was clipped. */

import { computed, effect, signal } from "@preact/signals";
import { moment, steady } from "../state/store";
import { themeColour, useSurface } from "../widgets/surface";
import { type Held, holdPeak, SILENT, travel } from "./logic";
import "./style.css";

const MARKS = [0, -6, -12, -20, -30, -40] as const;

const clipped = signal(false);
let held: Held = SILENT;

effect(() => {
  const now = moment.value;
  if (now === null) return;
  held = holdPeak(held, now.peak, now.time);
  if (now.clipped) clipped.value = true;
});
/** Ten figures a second would be a blur: whole decibels of the held peak are calm. */
const figure = computed(() => {
  void steady.value;
  return held.level <= SILENT.level ? "–∞" : String(Math.round(held.level)).replace("-", "−");
});

export function Meter() {
  const canvas = useSurface(draw, (surface) =>
    effect(() => {
      void steady.value;
      surface.invalidate();
    }),
  );
  return (
    <section class="meter" aria-label="Level">
      <button
        type="button"
        class={`clip ${clipped.value ? "on" : ""}`}
        aria-label={clipped.value ? "The sound was clipped; press to forget" : "Not clipped"}
        onClick={() => {
          clipped.value = false;
        }}
      >
        clip
      </button>
      <canvas ref={canvas} class="meter-bar" aria-hidden="true" />
      <p class="meter-figure">
        {figure.value}
        <span> dB</span>
      </p>
    </section>
  );
}

function draw(to: CanvasRenderingContext2D, width: number, height: number): boolean {
  const now = steady.peek();
  const bar = Math.max(18, width - 34);
  const y = (db: number) => height - 4 - travel(db) * (height - 12);
  to.fillStyle = themeColour("raised");
  to.beginPath();
  to.roundRect(0, 0, bar, height, 6);
  to.fill();
  if (now !== null) {
    const fill = to.createLinearGradient(0, y(-60), 0, y(0));
    fill.addColorStop(0, themeColour("good"));
    fill.addColorStop(travel(-12), themeColour("good"));
    fill.addColorStop(travel(-3), themeColour("warn"));
    fill.addColorStop(1, themeColour("bad"));
    to.fillStyle = fill;
    to.globalAlpha = 0.35;
    to.fillRect(4, y(now.peak), bar - 8, y(-60) - y(now.peak));
    to.globalAlpha = 1;
    to.fillRect(4, y(now.rms), bar - 8, y(-60) - y(now.rms));
    if (held.level > SILENT.level) to.fillRect(4, y(held.level) - 1.5, bar - 8, 3);
  }
  to.fillStyle = themeColour("dim");
  to.font = `12px ${getComputedStyle(to.canvas).fontFamily}`;
  to.textBaseline = "middle";
  for (const mark of MARKS) {
    to.fillText(mark === 0 ? "0" : `${-mark}`, bar + 8, Math.max(y(mark), 7));
  }
  return false;
}
