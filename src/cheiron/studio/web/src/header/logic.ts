/** The header's words and numbers. */

import type { Connection } from "../state/store";
import { number } from "../widgets/format";

/** Gain is a factor; its slider goes from -40 to +12 dB. */
export const GAIN_LOW = 0.01;
export const GAIN_HIGH = 4;

/** A factor in decibels. */
export function decibels(gain: number): string {
  if (!(gain > 0)) return "−∞ dB";
  const db = Math.round(200 * Math.log10(gain)) / 10;
  return `${db > 0 ? "+" : ""}${String(db).replace("-", "−")}\u202fdB`;
}

/** How the link is, in a word or two. */
export function link(
  connection: Connection,
  roundTrip: number,
  retryIn: number,
): { word: string; health: "good" | "warn" | "bad" } {
  if (connection === "open") {
    const trip = roundTrip > 0 && roundTrip < 1000 ? ` ${number(roundTrip, 2)}\u202fms` : "";
    return { word: `Connected${trip}`, health: "good" };
  }
  if (connection === "refused") return { word: "Refused: wrong token", health: "bad" };
  if (connection === "connecting") return { word: "Connecting …", health: "warn" };
  const soon = retryIn < 1 ? "now" : `in ${Math.round(retryIn)}\u202fs`;
  return { word: `Connection lost, trying again ${soon}`, health: "bad" };
}
