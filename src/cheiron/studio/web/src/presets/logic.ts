/** Presets: which one sounds now, which key loads it, what a new one is called. */

import type { State } from "../link/protocol";

/** What a preset holds, as text: equal texts sound the same. */
export function fingerprint(state: State): string {
  const round = (value: number) => Number(value.toPrecision(6));
  const knobs = Object.entries(state.knobs)
    .map(([axis, knob]) => [axis, round(knob.value), knob.locked] as const)
    .sort(([a], [b]) => a.localeCompare(b));
  const cables = [...state.mapping.connections].sort((a, b) => a.target.localeCompare(b.target));
  const params = state.params.map((p) => [p.name, round(p.value)]);
  const mapping = [state.mapping.kind, state.mapping.loop, cables];
  // With scenes the space is that of the place, which is a knob already.
  const spaces = state.scenes.length > 0 ? state.scenes : state.space;
  return JSON.stringify([state.model.name, spaces, knobs, mapping, params]);
}

/** How long after the answer to load or save the state may still be on its way, ms. */
export const SETTLE = 400;

/**
 * Remembers what each preset was when it was loaded or saved, so that the page can say which one
 * is current while it is unchanged.
 */
export class Current {
  private known = new Map<string, string>();
  private settling = "";
  private until = 0;

  /** The server loaded or saved `name`: the states until `now + SETTLE` are that preset. */
  mark(name: string, state: State, now: number): void {
    this.settling = name;
    this.until = now + SETTLE;
    this.known.set(name, fingerprint(state));
  }

  /** Which preset the state is; empty when it is none or has been changed since. */
  of(state: State, now: number): string {
    const print = fingerprint(state);
    if (this.settling && now < this.until) this.known.set(this.settling, print);
    else this.settling = "";
    for (const name of state.presets) if (this.known.get(name) === print) return name;
    return "";
  }

  /** The hand moved something: what comes now is no longer the preset. */
  touched(): void {
    this.settling = "";
  }
}

/** "1" to "9" for the first nine, then none. */
export function keyOf(index: number): string {
  return index < 9 ? String(index + 1) : "";
}

/** The preset that a key loads; empty when there is none. */
export function byKey(presets: readonly string[], key: string): string {
  return /^[1-9]$/.test(key) ? (presets[Number(key) - 1] ?? "") : "";
}

/** A name that is not taken yet: "preset 3". */
export function freshName(presets: readonly string[]): string {
  let number = presets.length + 1;
  while (presets.includes(`preset ${number}`)) number += 1;
  return `preset ${number}`;
}

/** What saving under this name would do. */
export function saving(name: string, presets: readonly string[]): "new" | "replace" | "nothing" {
  const wanted = name.trim();
  if (wanted === "" || wanted.length > 80) return "nothing";
  return presets.includes(wanted) ? "replace" : "new";
}
