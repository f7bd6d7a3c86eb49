/** The camera and what it sees, as long as somebody wants it: shared by the panel and the light. */

import { effect, signal } from "@preact/signals";
import { gesture, send } from "../link/link";
import type { Hand } from "../link/protocol";
import { state } from "../state/store";
import { watch } from "./frames";
import { type Beat, keep, listening, message, type Pace, paceOf, remedy } from "./logic";
import type { Place, Seen } from "./messages";
import { Pool } from "./pool";

export type Phase = "off" | "starting" | "on";

export const phase = signal<Phase>("off");
/** Why the camera is off though somebody wanted it, in a sentence. */
export const problem = signal("");
export const cameras = signal<readonly { id: string; name: string }[]>([]);
export const chosen = signal(sessionStorage.getItem("cheiron.camera") ?? "");
export const place = signal<Place>("CPU");
/** The picture, for the preview. */
export const stream = signal<MediaStream | null>(null);
/** The last hands; they change 15 to 30 times a second. */
export const hands = signal<readonly Hand[]>([]);
export const pace = signal<Pace>({ rate: 0, took: 0, delay: 0 });
export const workers = signal(0);

const QUIET_MS = 2000; // without a picture: the camera is stuck
const STALE_MS = 1500; // of figures
const MOST_WORKERS = Math.min(2, navigator.hardwareConcurrency || 1);

let beats: Beat[] = [];
let running: { stop: () => void } | null = null;
let attempt = 0;

/** Turn the camera on, and open the source that it is for. */
export async function start(): Promise<void> {
  stop();
  const mine = ++attempt;
  phase.value = "starting";
  problem.value = "";
  try {
    if (!listening(state.value)) {
      const reply = await send({ type: "source-open", kind: "hands", settings: {} });
      if (!reply.ok) throw new Error(reply.message);
    }
    const opened = await open();
    // Somebody pressed Stop while the browser asked.
    if (mine !== attempt) return end(opened);
    run(opened);
    await list();
  } catch (error) {
    if (mine === attempt) fail(remedy(error));
  }
}

/** Turn the camera off. */
export function stop(): void {
  attempt++;
  running?.stop();
  running = null;
  phase.value = "off";
}

export function choose(id: string): void {
  chosen.value = id;
  sessionStorage.setItem("cheiron.camera", id);
  if (phase.value !== "off") void start();
}

export function compute(where: Place): void {
  place.value = where;
  if (phase.value !== "off") void start();
}

/** The camera goes off with its source; called once, when the page starts. */
export function follow(): () => void {
  let before = false;
  const look = (): void => void list();
  navigator.mediaDevices?.addEventListener("devicechange", look);
  const undo = effect(() => {
    const now = listening(state.value);
    if (before && !now) stop();
    before = now;
  });
  return () => {
    navigator.mediaDevices?.removeEventListener("devicechange", look);
    undo();
    stop();
  };
}

async function open(): Promise<MediaStream> {
  const size = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  const exact = chosen.value ? { deviceId: { exact: chosen.value } } : {};
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...exact } });
  } catch (error) {
    // The one that was chosen has been unplugged: any other will do.
    if (!chosen.value || (error as Error).name !== "OverconstrainedError") throw error;
    chosen.value = "";
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: size });
  }
}

/** Cameras have names only once the player has allowed one. */
async function list(): Promise<void> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  cameras.value = devices
    .filter(({ kind }) => kind === "videoinput")
    .map(({ deviceId, label }, index) => ({ id: deviceId, name: label || `camera ${index + 1}` }));
}

function run(opened: MediaStream): void {
  let heard = performance.now();
  const pool = new Pool({
    make: () => new Worker(new URL("./hand-tracker.ts", import.meta.url), { type: "module", name: "hands" }),
    place: place.value,
    most: MOST_WORKERS,
    failed: (why) => fail(`Hands cannot be found on this computer (${why}): choose another way to compute.`),
    seen: (sight: Seen) => {
      const now = performance.now();
      beats = keep(beats, { at: now, took: sight.took, delay: now - sight.time });
      gesture(message(sight, now, pool.lost));
      hands.value = sight.hands;
    },
  });
  const quit = watch(opened, (picture) => {
    heard = performance.now();
    pool.offer(picture);
  });
  const timer = setInterval(() => {
    beats = beats.filter((each) => performance.now() - each.at < STALE_MS);
    pace.value = paceOf(beats);
    workers.value = pool.workers;
    problem.value = performance.now() - heard > QUIET_MS ? "The camera sends no pictures: start it again." : "";
  }, 500);
  const track = opened.getVideoTracks()[0];
  if (track) track.onended = () => fail("The camera was unplugged or taken away: start again.");
  running = {
    stop: () => {
      clearInterval(timer);
      quit();
      pool.close();
      end(opened);
      stream.value = null;
      hands.value = [];
      beats = [];
      pace.value = paceOf(beats);
    },
  };
  stream.value = opened;
  phase.value = "on";
}

/** How it goes, for those who measure. */
export function report(): Pace & { on: boolean; hands: number; workers: number } {
  return { ...paceOf(beats), on: phase.value === "on", hands: hands.value.length, workers: workers.value };
}

function end(opened: MediaStream): void {
  for (const track of opened.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

function fail(why: string): void {
  stop();
  problem.value = why;
}
