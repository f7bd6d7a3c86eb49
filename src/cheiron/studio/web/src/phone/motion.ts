/** The phone's motion events as samples: thirteen numbers, null where the phone gives none. */

/** Seconds; acceleration, the same with gravity, rotation rate, orientation: three numbers each. */
export type Sample = (number | null)[];

interface Axes {
  readonly x: number | null;
  readonly y: number | null;
  readonly z: number | null;
}

interface Angles {
  readonly alpha: number | null;
  readonly beta: number | null;
  readonly gamma: number | null;
}

/** What of a DeviceMotionEvent is used. */
export interface Moved {
  readonly timeStamp: number;
  readonly acceleration: Axes | null;
  readonly accelerationIncludingGravity: Axes | null;
  readonly rotationRate: Angles | null;
}

/** An event is told later than it happened, but not by more than this many milliseconds. */
const LATE = 1000;

/**
 * A sample of an event. Axes are the phone's body's, as the standard has it: however the picture on the
 * screen is turned, they stay.
 */
export function sampleOf(event: Moved, held: Angles | null, now: number): Sample {
  const told = event.timeStamp;
  const time = told > 0 && told <= now && now - told < LATE ? told : now;
  return [
    time / 1000,
    ...axes(event.acceleration),
    ...axes(event.accelerationIncludingGravity),
    ...angles(event.rotationRate),
    ...angles(held),
  ];
}

/** Whether a sample says anything at all: a computer without sensors sends events that do not. */
export function isEmpty(sample: Sample): boolean {
  return sample.slice(1).every((value) => value === null);
}

function axes(given: Axes | null): (number | null)[] {
  return [finite(given?.x), finite(given?.y), finite(given?.z)];
}

function angles(given: Angles | null): (number | null)[] {
  return [finite(given?.alpha), finite(given?.beta), finite(given?.gamma)];
}

function finite(value: number | null | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
