/**
 * Finds hands in pictures, in a thread of its own. One picture at a time; who sends them keeps them few.
 *
 * MediaPipe's usual loader calls importScripts, which a module worker has not; its module build is loaded
 * with import() instead. Everything comes from beside this script, nothing from the network. The server
 * lets this worker alone compile WebAssembly, by its name.
 */

import { HandLandmarker, type HandLandmarkerResult } from "@mediapipe/tasks-vision";
import loader from "@mediapipe/tasks-vision/vision_wasm_module_internal.js?url";
import binary from "@mediapipe/tasks-vision/vision_wasm_module_internal.wasm?url";
import type { Hand } from "../link/protocol";
import type { FromTracker, Picture, Place, ToTracker } from "./messages";
import model from "./model/hand_landmarker_lite.task?url";

interface Scope {
  onmessage: ((event: MessageEvent<ToTracker>) => void) | null;
  postMessage(message: FromTracker): void;
}
const scope = self as unknown as Scope;

// MediaPipe tells its own start as errors; what fails is told to the page.
console.error = console.warn = console.info = console.log = console.debug;

/** Two of them in one worker: they differ in how many hands they want, and so in when they search. */
interface Trackers {
  both: HandLandmarker;
  one: HandLandmarker;
}
let trackers: Trackers | null = null;
let latest = 0;

scope.onmessage = ({ data }) => {
  if (data.kind === "look") look(data, data.search);
  else void start(data.place);
};

async function start(place: Place): Promise<void> {
  try {
    trackers = { both: await make(place, 2), one: await make(place, 1) };
    scope.postMessage({ kind: "ready" });
  } catch (error) {
    scope.postMessage({ kind: "failed", why: String(error) });
  }
}

async function make(delegate: Place, numHands: number): Promise<HandLandmarker> {
  const files = { wasmLoaderPath: here(loader), wasmBinaryPath: here(binary) };
  // MediaPipe forgets the loader once it has used it, and a second import() does not run it again.
  const { default: factory } = await import(/* @vite-ignore */ files.wasmLoaderPath);
  Object.assign(self, { ModuleFactory: factory });
  return HandLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetPath: here(model), delegate },
    numHands,
    runningMode: "VIDEO",
  });
}

function look({ image, time, number }: Picture, search: boolean): void {
  const began = performance.now();
  const [width, height] =
    "displayWidth" in image ? [image.displayWidth, image.displayHeight] : [image.width, image.height];
  try {
    // Its time must rise whatever cameras say.
    latest = Math.max(latest + 1, Math.round(time));
    const hands = trackers === null ? [] : find(trackers, image as ImageBitmap, latest, search);
    const took = performance.now() - began;
    scope.postMessage({ kind: "seen", number, time, took, aspect: width / height, hands });
  } catch (error) {
    scope.postMessage({ kind: "failed", why: String(error) });
  } finally {
    image.close();
  }
}

function find({ both, one }: Trackers, image: ImageBitmap, time: number, search: boolean): Hand[] {
  const result = (search ? both : one).detectForVideo(image, time);
  // The hand that was followed has gone.
  if (!search && result.landmarks.length === 0) return handsOf(both.detectForVideo(image, time));
  return handsOf(result);
}

function handsOf(result: HandLandmarkerResult): Hand[] {
  return result.landmarks.map((points, index) => {
    const looks = result.handedness[index]?.[0];
    return {
      side: looks?.categoryName === "Left" ? "left" : "right",
      score: looks?.score ?? 0.5,
      points: numbers(points, 1e4),
      world: numbers(result.worldLandmarks[index] ?? [], 1e5),
    };
  });
}

function numbers(points: readonly { x: number; y: number; z: number }[], steps: number): number[] {
  return points.flatMap(({ x, y, z }) => [x, y, z].map((value) => Math.round(value * steps) / steps));
}

function here(url: string): string {
  return new URL(url, import.meta.url).href;
}
