/** What the page and its audio thread say to each other. */

export type ToWorklet =
  /** Where sound comes from: blocks of link/binary.ts. */
  | { sound: MessagePort }
  /** Where a copy of what is heard goes, for measuring; null for nowhere. */
  | { tap: MessagePort | null };

/** Twice a second. */
export interface FromWorklet {
  /** Milliseconds of sound that wait, on average. */
  waiting: number;
  /** Milliseconds that are aimed at as the least that waits. */
  margin: number;
  gaps: number;
  skips: number;
  speed: number;
  sounding: boolean;
}
