/** What the header's buttons and their keys do. */

import { send, turn } from "../link/link";
import { letGo } from "../map/player";
import { state } from "../state/store";

export function panic(): void {
  letGo();
  void send({ type: "panic" });
}

export function toggleMute(): void {
  void send({ type: "mute", on: !(state.value?.muted ?? false) });
}

export function undo(): void {
  if (state.value?.undo) void send({ type: "undo" });
}

export function redo(): void {
  if (state.value?.redo) void send({ type: "redo" });
}

export function turnGain(value: number): void {
  turn("gain", { type: "gain", value });
}
