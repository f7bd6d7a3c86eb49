/** What a source is doing, in words, and the settings that open one. */

import { place } from "../widgets/scale";
import type { Axis, Command, SourceFigures, SourceState } from "../link/protocol";

export type Tone = "good" | "fair" | "poor" | "quiet";

export interface Health {
  tone: Tone;
  /** One word or two, such as "steady". */
  word: string;
  /** Rate and jitter in figures, for whoever wants them. */
  detail: string;
}

/** Jitter as a share of the time between frames: below the first steady, above the second rough. */
const STEADY = 0.15;
const ROUGH = 0.6;

/** How a source does now; `figures` is undefined until the first ones come. */
export function healthOf(source: SourceState, figures: SourceFigures | undefined): Health {
  if (source.problem) return { tone: "poor", word: "trouble", detail: "" };
  if (!source.open) return { tone: "quiet", word: "closed", detail: "" };
  if (!figures || figures.rate <= 0) return { tone: "quiet", word: "waiting", detail: "nothing comes" };
  const rate = `${figures.rate < 10 ? figures.rate.toFixed(1) : Math.round(figures.rate)}\u202fHz`;
  const jitter = `± ${figures.jitter.toFixed(1)}\u202fms`;
  const share = (figures.jitter * figures.rate) / 1000;
  const detail = `${rate}, ${jitter}`;
  if (share < STEADY) return { tone: "good", word: "steady", detail };
  if (share < ROUGH) return { tone: "fair", word: "uneven", detail };
  return { tone: "poor", word: "rough", detail };
}

export interface AxisNow {
  /** Travel in [0, 1]; NaN while undefined. */
  at: number;
  undefined: boolean;
  stuck: boolean;
}

/** Where each axis of a source is; axes without a figure are undefined. */
export function axesNow(axes: readonly Axis[], figures: SourceFigures | undefined): AxisNow[] {
  return axes.map((axis, index) => {
    const value = figures?.values[index] ?? null;
    return {
      at: value === null ? Number.NaN : place(value, axis.low, axis.high),
      undefined: value === null,
      stuck: value !== null && (figures?.stuck[index] ?? false),
    };
  });
}

/** One thing to fill in when a source is opened. */
export interface Field {
  name: string;
  label: string;
  input: "number" | "text" | "take" | "flag";
  initial: string | number | boolean;
  hint: string;
}

/** What each kind of source asks for; kinds that are not here open without questions. */
const FIELDS: Record<string, Field[]> = {
  osc: [
    {
      name: "port",
      label: "UDP port",
      input: "number",
      initial: 9000,
      hint: "Send to this computer at this port; 1024 to 65535.",
    },
  ],
  midi: [
    {
      name: "port",
      label: "MIDI port",
      input: "text",
      initial: "",
      hint: "Part of its name; empty takes the first that is there.",
    },
    { name: "mpe", label: "MPE", input: "flag", initial: false, hint: "A channel for each finger." },
  ],
  replay: [
    { name: "take", label: "Take", input: "take", initial: "", hint: "Its gesture, played again." },
    { name: "loop", label: "Loop", input: "flag", initial: true, hint: "From the end to the start." },
  ],
  audio: [
    {
      name: "device",
      label: "Input device",
      input: "text",
      initial: "",
      hint: "Part of its name; empty takes the system's own.",
    },
  ],
};

export function fieldsOf(kind: string): readonly Field[] {
  return FIELDS[kind] ?? [];
}

export type Answers = Record<string, string | number | boolean>;

/** The defaults of a form; a source that is there already gives its own settings. */
export function answersOf(
  kind: string,
  settings: Record<string, unknown> = {},
  takes: readonly string[] = [],
): Answers {
  const entries = fieldsOf(kind).map((field): [string, string | number | boolean] => {
    const known = settings[field.name];
    if (typeof known === typeof field.initial) return [field.name, known as string];
    return [field.name, field.input === "take" ? (takes[0] ?? "") : field.initial];
  });
  return Object.fromEntries(entries);
}

/** Why a form cannot be sent, in a sentence; empty when it can. */
export function faultOf(kind: string, answers: Answers, takes: readonly string[]): string {
  for (const field of fieldsOf(kind)) {
    const value = answers[field.name];
    if (field.input === "number") {
      const port = Number(value);
      if (!Number.isInteger(port) || port < 1024 || port > 65535) {
        return `${field.label}: expected a whole number from 1024 to 65535.`;
      }
    }
    if (field.input === "take" && !takes.includes(String(value))) {
      return takes.length ? "Choose a take." : "There is no take with a gesture yet: record one first.";
    }
  }
  return "";
}

/**
 * The command that opens a source; empty texts are left to the server's own choice, and settings that
 * the form does not ask for stay as they were.
 */
export function openCommand(
  kind: string,
  answers: Answers,
  before: Record<string, unknown> = {},
): Command {
  const settings: Record<string, unknown> = { ...before };
  for (const field of fieldsOf(kind)) {
    const value = answers[field.name];
    if (field.input === "number") settings[field.name] = Number(value);
    else if (value !== "" && value !== undefined) settings[field.name] = value;
    else delete settings[field.name];
  }
  return { type: "source-open", kind, settings };
}

/** Opens a closed source again as it was. */
export function reopen(source: SourceState): Command {
  return { type: "source-open", kind: source.kind, settings: source.settings };
}

/** Each number that arrives can be an axis: "/acc.0", "/acc.1"; a lone one is "/fader.0". */
export interface Arriving {
  address: string;
  rate: number;
  values: { axis: string; value: number; used: boolean }[];
}

export function arriving(source: SourceState, figures: SourceFigures | undefined): Arriving[] {
  const used = chosen(source);
  return (figures?.arriving ?? []).map(({ address, rate, values }) => ({
    address,
    rate,
    values: values.map((value, index) => {
      const axis = `${address}.${index}`;
      return { axis, value, used: used.includes(axis) };
    }),
  }));
}

/** The axes that an OSC source was told to take; empty means all that come. */
export function chosen(source: SourceState): string[] {
  const axes = source.settings.axes;
  return Array.isArray(axes) ? axes.filter((a): a is string => typeof a === "string") : [];
}

/** Take these axes up, or put them down when all of them are in use already. */
export function use(source: SourceState, axes: readonly string[]): Command {
  const now = chosen(source);
  const all = axes.every((axis) => now.includes(axis));
  const next = all
    ? now.filter((axis) => !axes.includes(axis))
    : [...now, ...axes.filter((axis) => !now.includes(axis))];
  return { type: "source-open", kind: source.kind, settings: { ...source.settings, axes: next } };
}

/** What a source was opened with, for people: "port 9000". */
export function settingsLine(settings: Record<string, unknown>): string {
  return Object.entries(settings)
    .filter(([key, value]) => key !== "axes" && value !== "" && value !== false)
    .map(([key, value]) => (value === true ? key : `${key} ${String(value)}`))
    .join(", ");
}
