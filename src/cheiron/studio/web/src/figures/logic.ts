/** Is the instrument well? Figures with a word each, so that colour is never the only sign. */

import type { Figures } from "../link/protocol";
import { number, quantity } from "../widgets/format";

export type Health = "good" | "warn" | "bad";

export interface Line {
  name: string;
  text: string;
  health: Health;
  /** What the colour means: "fine", "tight", "late". */
  word: string;
  help: string;
}

export interface PageSound {
  /** Milliseconds from the arrival of a sample to the loudspeaker. */
  latency: number;
  gaps: number;
}

/** All lines, the most telling first. */
export function lines(figures: Figures, page: PageSound | null): Line[] {
  const load = figures.budget > 0 ? figures.block999 / figures.budget : 0;
  const total = figures.latency + (page ? page.latency : figures.deviceLatency);
  const lost = figures.underruns + (page?.gaps ?? 0);
  const all: Line[] = [
    judge(
      "Latency",
      quantity(total, "ms"),
      total,
      [25, 60],
      ["quick", "slow", "bad"],
      latencyHelp(figures, page),
    ),
    judge(
      "Drop-outs",
      String(lost),
      lost,
      [1, 10],
      ["none", "some", "many"],
      "Blocks that came too late, since the start.",
    ),
    judge(
      "Block",
      `${number(figures.blockMedian, 2)} of ${quantity(figures.budget, "ms", 2)}`,
      load,
      [0.7, 1],
      ["fine", "tight", "late"],
      `The slowest of a thousand takes ${quantity(figures.block999, "ms")}.`,
    ),
    {
      name: "Reserve",
      text: quantity(figures.ringFill, "ms", 2),
      health: figures.ringFill > 0 ? "good" : "warn",
      word: figures.ringFill > 0 ? "fine" : "empty",
      help: "Sound that waits between decoder and output.",
    },
    judge(
      "CPU",
      quantity(figures.cpu, "%", 2),
      figures.cpu,
      [60, 90],
      ["fine", "busy", "too busy"],
      "Of one core, the engine's process.",
    ),
    judge(
      "Memory",
      quantity(figures.memory, "MB"),
      figures.memory,
      [300, 600],
      ["fine", "much", "too much"],
      "Of the engine's process.",
    ),
  ];
  if (figures.reduction < -0.1 || figures.reduction > 0.1) {
    all.push({
      name: "Safe gain",
      text: quantity(-Math.abs(figures.reduction), "dB", 2),
      health: "warn",
      word: "acts",
      help: "The sound would be too loud; it is turned down.",
    });
  }
  if (figures.mended > 0) {
    all.push({
      name: "Mended",
      text: String(figures.mended),
      health: "warn",
      word: "blocks",
      help: "Blocks with undefined samples, made silent.",
    });
  }
  return all;
}

function latencyHelp(figures: Figures, page: PageSound | null): string {
  const output = page
    ? `the page's sound ${quantity(page.latency, "ms")}`
    : `the device ${quantity(figures.deviceLatency, "ms")}`;
  return `From the sensor to the loudspeaker: the instrument adds ${quantity(figures.latency, "ms")}, ${output}.`;
}

function judge(
  name: string,
  text: string,
  value: number,
  [warn, bad]: readonly [number, number],
  words: readonly [string, string, string],
  help: string,
): Line {
  const health: Health = value >= bad ? "bad" : value >= warn ? "warn" : "good";
  const word = words[health === "good" ? 0 : health === "warn" ? 1 : 2];
  return { name, text, health, word, help };
}
