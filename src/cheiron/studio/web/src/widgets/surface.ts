/** A canvas that is as sharp as the screen and draws only when something has changed. */

import { useEffect, useRef } from "preact/hooks";
import { atBeat, notAtBeat } from "./beat";

/** Draw in CSS pixels; return true to be asked again at the next beat. */
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, now: number) => boolean;

export class Surface {
  readonly canvas: HTMLCanvasElement;
  /** CSS pixels. */
  width = 0;
  height = 0;
  private readonly context: CanvasRenderingContext2D;
  private readonly observer: ResizeObserver;

  constructor(
    canvas: HTMLCanvasElement,
    private readonly draw: Draw,
  ) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser draws no 2D canvas");
    this.canvas = canvas;
    this.context = context;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
    this.resize();
  }

  /** Draw at the next beat. */
  readonly invalidate = (): void => atBeat(this.paint);

  close(): void {
    this.observer.disconnect();
    notAtBeat(this.paint);
  }

  private resize(): void {
    const box = this.canvas.getBoundingClientRect();
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    this.width = box.width;
    this.height = box.height;
    this.canvas.width = Math.max(1, Math.round(box.width * ratio));
    this.canvas.height = Math.max(1, Math.round(box.height * ratio));
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.invalidate();
  }

  private readonly paint = (now: number): void => {
    if (this.width < 1 || this.height < 1) return;
    this.context.clearRect(0, 0, this.width, this.height);
    if (this.draw(this.context, this.width, this.height, now)) this.invalidate();
  };
}

/** A surface on a canvas of a component; `watch` says when to draw again and returns how to stop. */
export function useSurface(draw: Draw, watch: (surface: Surface) => () => void) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current === null) return;
    const surface = new Surface(canvas.current, draw);
    const stop = watch(surface);
    return () => {
      stop();
      surface.close();
    };
    // One surface for the life of the component: both functions read signals, so they never age.
  }, []);
  return canvas;
}

/** A colour of the theme, by its name in theme.css; read once. */
export function themeColour(name: string): string {
  const known = colours.get(name);
  if (known !== undefined) return known;
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  colours.set(name, value);
  return value;
}

const colours = new Map<string, string>();
