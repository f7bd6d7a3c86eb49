/** Asks for the motion sensors, and listens to them. */

import { isEmpty, sampleOf, type Sample } from "./motion";

/** "without": events do not come, or say nothing. */
export type Answer = "live" | "refused" | "without";

type Asking = { requestPermission?: () => Promise<string> };

/** Milliseconds in which the first movement must come. */
const PATIENCE = 1500;

/** Phones of Apple ask on a touch; the others are told in the browser's settings. */
export function asks(): boolean {
  const motion = window.DeviceMotionEvent as (typeof DeviceMotionEvent & Asking) | undefined;
  return typeof motion?.requestPermission === "function";
}

/**
 * Start the sensors; must be called from a touch. `onSample` is called at each movement until the page
 * is closed.
 */
export async function start(onSample: (sample: Sample) => void): Promise<Answer> {
  if (!("DeviceMotionEvent" in window)) return "without";
  if (!(await allowed())) return "refused";
  let held: DeviceOrientationEvent | null = null;
  let came = false;
  window.addEventListener("deviceorientation", (event) => {
    held = event;
  });
  const first = new Promise<boolean>((resolve) => {
    window.setTimeout(() => resolve(came), PATIENCE);
    window.addEventListener("devicemotion", (event) => {
      const sample = sampleOf(event, held, performance.now());
      if (isEmpty(sample)) return;
      if (!came) resolve(true);
      came = true;
      onSample(sample);
    });
  });
  return (await first) ? "live" : "without";
}

async function allowed(): Promise<boolean> {
  const asking = [window.DeviceMotionEvent, window.DeviceOrientationEvent] as (Asking | undefined)[];
  // All are asked before the first answer is awaited: a touch permits only what follows at once.
  const answers = asking.map((each) => each?.requestPermission?.() ?? Promise.resolve("granted"));
  try {
    if ((await Promise.all(answers)).some((answer) => answer !== "granted")) return false;
  } catch {
    return false;
  }
  return !(await blocked());
}

/** Whether the browser's settings forbid the sensors; those that cannot say so do not. */
async function blocked(): Promise<boolean> {
  try {
    const asked = await navigator.permissions.query({ name: "accelerometer" as PermissionName });
    return asked.state === "denied";
  } catch {
    return false;
  }
}
