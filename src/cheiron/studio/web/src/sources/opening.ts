/** What each kind of source asks for when it is opened. */

import type { Command, SourceState } from "../link/protocol";

/** One thing to fill in. */
export interface Field {
  name: string;
  label: string;
  input: "port" | "text" | "take" | "flag" | "choice";
  initial: string | number | boolean;
  hint: string;
  options?: readonly { value: string; text: string }[];
}

/** Kinds that are not here open without questions. */
const FIELDS: Record<string, Field[]> = {
  pointer: [
    { name: "hover", label: "Hover", input: "flag", initial: false, hint: "Moves without a press." },
  ],
  osc: [
    {
      name: "port",
      label: "UDP port",
      input: "port",
      initial: 9000,
      hint: "Where the others send to; 1024 to 65535.",
    },
    {
      name: "host",
      label: "Listen to",
      input: "choice",
      initial: "127.0.0.1",
      hint: "A phone needs the network.",
      options: [
        { value: "127.0.0.1", text: "this computer" },
        { value: "0.0.0.0", text: "the network" },
      ],
    },
  ],
  comote: [
    {
      name: "port",
      label: "TCP port",
      input: "port",
      initial: 8001,
      hint: "What the app is told: ws://ADDRESS:8001.",
    },
    {
      name: "host",
      label: "Listen to",
      input: "choice",
      initial: "127.0.0.1",
      hint: "A phone needs the network.",
      options: [
        { value: "127.0.0.1", text: "this computer" },
        { value: "0.0.0.0", text: "the network" },
      ],
    },
  ],
  midi: [
    {
      name: "port",
      label: "MIDI port",
      input: "text",
      initial: "",
      hint: "How its name begins; empty listens to all.",
    },
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

/** Whether a source of this kind is there at most once, so that it is set rather than added. */
export function single(kind: string): boolean {
  return kind === "pointer" || kind === "keys" || kind === "hands" || kind === "replay";
}

/** Whether it can be opened without asking: every answer is good as it is. */
export function asksNothing(kind: string): boolean {
  return fieldsOf(kind).every((field) => field.input === "flag");
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
    if (field.input === "port") {
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
 * The command that opens a source; empty texts are left to the instrument's own choice, and settings
 * that the form does not ask for stay as they were. Replaying has a command of its own.
 */
export function openCommand(
  kind: string,
  answers: Answers,
  before: Record<string, unknown> = {},
): Command {
  const settings: Record<string, unknown> = { ...before };
  for (const field of fieldsOf(kind)) {
    const value = answers[field.name];
    if (field.input === "port") settings[field.name] = Number(value);
    else if (value !== "" && value !== undefined) settings[field.name] = value;
    else delete settings[field.name];
  }
  if (kind === "replay") {
    return { type: "replay", take: String(settings.take), loop: settings.loop === true };
  }
  return { type: "source-open", kind, settings };
}

/** What opening leaves behind and has to be closed first: the same source at another port. */
export function closing(source: SourceState, answers: Answers): Command[] {
  const moved = ["port", "device"].some((key) => {
    const now = answers[key] ?? "";
    return String(source.settings[key] ?? "") !== String(now);
  });
  return moved && source.kind !== "replay" ? [{ type: "source-close", name: source.name }] : [];
}

/** Opens a closed source again as it was. */
export function reopen(source: SourceState): Command {
  return { type: "source-open", kind: source.kind, settings: source.settings };
}

/** What a source was opened with, for people: "port 9000". */
export function settingsLine(settings: Record<string, unknown>): string {
  const said = ["port", "device", "take", "loop", "hover", "seat"];
  const words = Object.entries(settings)
    .filter(([key, value]) => said.includes(key) && value !== "" && value !== false)
    .map(([key, value]) => (value === true ? key : `${key} ${String(value)}`));
  return [...words, ...(settings.host === "0.0.0.0" ? ["network"] : [])].join(", ");
}
