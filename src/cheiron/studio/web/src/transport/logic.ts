/** Takes: how long, how old, how loud, and what they are called. */

import type { TakeState } from "../link/protocol";

/** "0:07.3"; "1:02:03" from an hour on. */
export function elapsed(seconds: number): string {
  const s = Math.max(0, seconds);
  const whole = Math.floor(s);
  const pad = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
  return `${minutes}:${pad(whole % 60)}.${Math.floor((s - whole) * 10)}`;
}

/** "14:03" today, "yesterday 14:03", "3 Mar 14:03", "3 Mar 2024". */
export function when(made: number, now: Date): string {
  const date = new Date(made * 1000);
  const pad = (n: number) => String(n).padStart(2, "0");
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (date >= midnight) return time;
  const day = new Date(midnight);
  day.setDate(day.getDate() - 1);
  if (date >= day) return `yesterday ${time}`;
  const short = `${date.getDate()} ${MONTHS[date.getMonth()]}`;
  return date.getFullYear() === now.getFullYear() ? `${short} ${time}` : `${short} ${date.getFullYear()}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The newest first. */
export function newestFirst(takes: readonly TakeState[]): TakeState[] {
  return [...takes].sort((a, b) => b.made - a.made || b.name.localeCompare(a.name));
}

export const FLOOR_DB = -60;

/** dBFS to a bar's length in [0, 1]. */
export function level(db: number): number {
  if (!Number.isFinite(db)) return 0;
  return Math.min(Math.max((db - FLOOR_DB) / -FLOOR_DB, 0), 1);
}

/** Why a take cannot be called so, in a sentence; empty when it can. */
export function nameFault(name: string, own: string, names: readonly string[]): string {
  const wanted = name.trim();
  if (wanted === "") return "A take needs a name.";
  if (wanted.length > 80) return "A name has at most 80 letters.";
  // What a file of that name could not be called, on any system.
  if (/[\\/:*?"<>|\u0000-\u001f]/.test(wanted) || wanted.startsWith(".")) {
    return "A name cannot start with a dot or hold any of \\ / : * ? \" < > |";
  }
  if (wanted !== own && names.includes(wanted)) return `There is a take “${wanted}” already.`;
  return "";
}

/** Where the sound of a take is downloaded from. */
export function takeUrl(name: string): string {
  return `api/take/${encodeURIComponent(name)}`;
}

/** What a take holds, in words. */
export function contents(take: TakeState): string {
  if (take.hasSound && take.hasGesture) return "sound and gesture";
  if (take.hasSound) return "sound only";
  return take.hasGesture ? "gesture only" : "empty";
}

/**
 * Whether undoing now would bring a take back: `before` and `after` are what could be undone around its
 * deletion, `now` what can be. Nothing else may have happened since, and deleting must have been noted.
 */
export function undoes(before: string, after: string, now: string): boolean {
  return after !== "" && now === after && (after !== before || after.includes("delete"));
}

/** The row that has the focus after one is gone: the next, else the last. */
export function neighbour(names: readonly string[], gone: string): string {
  const index = names.indexOf(gone);
  const rest = names.filter((name) => name !== gone);
  return rest[Math.min(index, rest.length - 1)] ?? "";
}
