/** Where the sound goes, what it costs in time, and what helps when it does not come. */

import type { Command, State } from "../link/protocol";

type Output = State["output"];

export const BLOCKS: readonly number[] = [64, 128, 256, 512, 1024];

/** One choice of the list: a device, this page, or nothing. */
export interface Choice {
  value: string;
  label: string;
  command: Command;
}

const DEVICE = "device:";

/** All places for the sound; a device that is gone stays in the list while it is chosen. */
export function choices(output: Output): Choice[] {
  const gone = output.kind === "device" && output.device && !output.devices.includes(output.device);
  const devices = gone ? [output.device, ...output.devices] : output.devices;
  return [
    ...devices.map((device) => ({
      value: DEVICE + device,
      label: gone && device === output.device ? `${device} (not there)` : device || "system's own",
      command: { type: "output", kind: "device", device } as const,
    })),
    { value: "page", label: "this page", command: { type: "output", kind: "page" } },
    { value: "none", label: "nowhere (silent)", command: { type: "output", kind: "none" } },
  ];
}

/** The choice that is made now. */
export function chosen(output: Output): string {
  return output.kind === "device" ? DEVICE + output.device : output.kind;
}

/** Block sizes, with the one in use among them. */
export function blocks(output: Output): number[] {
  return [...new Set([...BLOCKS, output.block])].filter((b) => b > 0).sort((a, b) => a - b);
}

/** "128 – 2.7 ms". */
export function blockLabel(block: number, sampleRate: number): string {
  if (!(sampleRate > 0)) return String(block);
  return `${block} – ${((block / sampleRate) * 1000).toFixed(1)}\u202fms`;
}

/** Another block size for the same place. */
export function blockCommand(output: Output, block: number): Command {
  const device = output.kind === "device" ? { device: output.device } : {};
  return { type: "output", kind: output.kind, ...device, block };
}

export interface Remedy {
  label: string;
  command: Command;
}

/** What could help, as buttons beside the problem's sentence. */
export function remedies(output: Output): Remedy[] {
  if (!output.problem) return [];
  const list: Remedy[] = [];
  if (output.kind === "device") {
    list.push({
      label: "Try again",
      command: { type: "output", kind: "device", device: output.device, block: output.block },
    });
    const other = output.devices.find((device) => device !== output.device);
    if (other !== undefined) {
      list.push({
        label: `Use ${other || "the system's own"}`,
        command: { type: "output", kind: "device", device: other },
      });
    }
  }
  if (output.kind !== "page") {
    list.push({ label: "Play through this page", command: { type: "output", kind: "page" } });
  }
  return list;
}

/** Why an OSC target is none, in a sentence; empty when it is one, or empty for none at all. */
export function oscFault(text: string): string {
  const target = text.trim();
  if (target === "") return "";
  const match = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+):(\d{1,5})$/i.exec(target);
  const port = Number(match?.[2]);
  if (!match || port < 1 || port > 65535) return "Expected host:port, such as 127.0.0.1:9001.";
  return "";
}
