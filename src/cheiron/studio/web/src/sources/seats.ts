/** Which phone is which, and how it is, in words. */

import type { PhoneSeat, SourceState, State } from "../link/protocol";

/** The seat of a phone source. */
export function seatOf(source: SourceState): number {
  return typeof source.settings.seat === "number" ? source.settings.seat : 1;
}

/** The first seat that no source has. */
export function freeSeat(state: Pick<State, "sources">): number {
  const taken = new Set(state.sources.filter((source) => source.kind === "phone").map(seatOf));
  let seat = 1;
  while (taken.has(seat)) seat += 1;
  return seat;
}

/** What to say of a phone; empty where its code says it all. */
export function seatWords(seat: PhoneSeat): string {
  if (seat.here) return seat.state === "here" ? "A phone is here; press Start on it." : "A phone is here.";
  if (seat.known) return "The phone has gone; it comes back by itself.";
  return "";
}
