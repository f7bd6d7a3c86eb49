/** What the page and the worker that finds hands say to each other. */

import type { Hand } from "../link/protocol";

/** Where the networks run. */
export type Place = "CPU" | "GPU";

/** A picture of the camera; whoever gets it closes it. */
export interface Picture {
  image: VideoFrame | ImageBitmap;
  /** When it was taken, performance.now() of the page. */
  time: number;
  /** Rising by one. */
  number: number;
}

/** `search`: whether hands shall be looked for that are not known yet. */
export type ToTracker = { kind: "start"; place: Place } | ({ kind: "look"; search: boolean } & Picture);

export interface Seen {
  kind: "seen";
  number: number;
  time: number;
  /** Milliseconds that finding the hands took. */
  took: number;
  aspect: number;
  hands: Hand[];
}

export type FromTracker = { kind: "ready" } | { kind: "failed"; why: string } | Seen;
