import type { Connection } from "../state/store";

/** Why there is nothing to see yet, and what to do. */
export function waitingWords(connection: Connection): string {
  return {
    connecting: "Looking for the instrument …",
    open: "Waiting for the instrument …",
    lost: "The instrument does not answer. Is “cheiron play” still running? Trying again …",
    refused:
      "The instrument refused this page: its address has no valid token. Open the address that “cheiron play” printed.",
  }[connection];
}

/** The item `by` places after `from`, around the end. */
export function around<T>(items: readonly T[], from: T, by: number): T | undefined {
  return items[(items.indexOf(from) + by + items.length) % items.length];
}
