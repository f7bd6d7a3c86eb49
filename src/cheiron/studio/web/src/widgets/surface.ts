/** A canvas that is as sharp as the screen and draws only when something has changed. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** Draw in CSS pixels; return true to be asked again in the next frame. */
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, now: number) => boolean;

/** Set while the sound comes through this page too: then every second frame is enough. */
export const calm = signal(false);

/**
 * Every frame, or every second one while the computer does not keep up: drawing must not take from the
 * sound what the eye would hardly miss.
 */
export class Tempo {
  private last = 0;
  private drawn = 0;
  private gap = 16;

  /** Asked in every frame: should this one be left out? */
  tooSoon(now: number): boolean {
    const gap = now - this.last;
    this.last = now;
    // A long pause is no slowness: nothing was to be drawn.
    if (gap < 100) this.gap += 0.05 * (gap - this.gap);
    if ((calm.value || this.gap > 21) && now - this.drawn < 28) return true;
    this.drawn = now;
    return false;
  }
}

export class Surface {
  readonly canvas: HTMLCanvasElement;
  /** CSS pixels. */
  width = 0;
  height = 0;
  private readonly context: CanvasRenderingContext2D;
  private readonly observer: ResizeObserver;
  private frame = 0;
  private readonly tempo = new Tempo();

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

  /** Draw in the next frame. */
  readonly invalidate = (): void => {
    this.frame ||= requestAnimationFrame((now) => this.paint(now));
  };

  close(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
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

  private paint(now: number): void {
    this.frame = 0;
    if (this.width < 1 || this.height < 1) return;
    if (this.tempo.tooSoon(now)) return this.invalidate();
    this.context.clearRect(0, 0, this.width, this.height);
    if (this.draw(this.context, this.width, this.height, now)) this.invalidate();
  }
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
