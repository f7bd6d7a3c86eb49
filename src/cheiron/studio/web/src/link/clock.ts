/**
 * The offset between the page's clock and the engine's, from pings.
 *
 * The ping that came back fastest was disturbed least (Cristian, 1989), so among the last few the one
 * of the shortest round trip gives the offset.
 */

export interface Sample {
  /** Milliseconds there and back. */
  trip: number;
  /** Milliseconds to add to performance.now() for the engine's clock. */
  offset: number;
}

const KEPT = 8;

/** One answered ping: `sent` and `now` on the page's clock in ms, `engine` in seconds. */
export function sample(sent: number, now: number, engine: number): Sample {
  return { trip: now - sent, offset: engine * 1000 - (sent + now) / 2 };
}

export function keep(samples: readonly Sample[], latest: Sample): Sample[] {
  return [...samples.slice(-(KEPT - 1)), latest];
}

/** The sample to believe; undefined before the first. */
export function best(samples: readonly Sample[]): Sample | undefined {
  return samples.reduce<Sample | undefined>(
    (chosen, each) => (chosen === undefined || each.trip < chosen.trip ? each : chosen),
    undefined,
  );
}
