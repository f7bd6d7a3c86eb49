/** The link to the instrument, as the rest of the page sees it: say, and be told through `state/`. */

import { batch } from "@preact/signals";
import {
  connection,
  figures,
  landmarks,
  moment,
  retryIn,
  roundTrip,
  sourceFigures,
  state,
  steady,
} from "../state/store";
import { say } from "../state/toasts";
import { atBeat } from "../widgets/beat";
import { best, keep, type Sample, sample } from "./clock";
import type { FromWorker, ToWorker } from "./messages";
import type { Command, FromServer, Gesture, Moment, Reply } from "./protocol";
import { beside, takeToken } from "./token";

const PING_MS = 2000;
const STEADY_MS = 38;

type ScopeListener = (samples: Float32Array, rate: number) => void;

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "link" });
const waiting = new Map<number, (reply: Reply) => void>();
const scopeListeners = new Set<ScopeListener>();
const latest = new Map<string, { queued: Command | null }>();
let token = "";
let next = 1;
let pings: Sample[] = [];
let steadied = 0;

/** Open the link; it holds itself open from then on. */
export function start(): void {
  token = takeToken();
  const url = beside("ws", location.href).replace(/^http/, "ws");
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data);
  post({ kind: "open", url, token });
  setInterval(() => gesture({ type: "ping", page: performance.now() }), PING_MS);
}

/** Say something that happens now; there is no answer. */
export function gesture(message: Gesture): void {
  post({ kind: "say", text: JSON.stringify(message) });
}

/**
 * Send a command. The answer always comes: `ok`, or the reason why not, which is also shown to the
 * player, so most callers need not look at it.
 */
export function send(command: Command): Promise<Reply> {
  const id = next++;
  if (connection.value !== "open") {
    const message = "The page is not connected to the instrument, so nothing was changed.";
    say("warning", message);
    return Promise.resolve({ type: "reply", id, ok: false, message });
  }
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    post({ kind: "say", text: JSON.stringify({ ...command, id }) });
  });
}

/**
 * Send what a hand is turning: while one command of this `key` is on its way only the latest of those
 * that follow is kept, so a slider never floods the instrument and always ends at its last value.
 */
export function turn(key: string, command: Command): void {
  const running = latest.get(key);
  if (running !== undefined) {
    running.queued = command;
    return;
  }
  const entry: { queued: Command | null } = { queued: null };
  latest.set(key, entry);
  void send(command).then(() => {
    // 20 ms apart at least: the server takes 50 commands a second.
    setTimeout(() => {
      latest.delete(key);
      if (entry.queued !== null) turn(key, entry.queued);
    }, 33);
  });
}

/** Hear the latest samples, 30 times a second or so; returns how to stop. */
export function onScope(listener: ScopeListener): () => void {
  scopeListeners.add(listener);
  return () => scopeListeners.delete(listener);
}

/** Send the sound that is meant for the page to this port, or nowhere. */
export function routeSound(port: MessagePort | null): void {
  post({ kind: "sound", port }, port === null ? [] : [port]);
}

/** Ask the server for a file beside the page, with the token. */
export async function fetchBeside(path: string): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(beside(path, location.href), { headers });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return response;
}

function post(message: ToWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}

function receive(message: FromWorker): void {
  if (message.kind === "text")
    take(JSON.parse(message.text) as FromServer, message.at - performance.timeOrigin);
  else if (message.kind === "scope") {
    for (const listener of scopeListeners) listener(message.samples, message.rate);
  } else connected(message);
}

function connected(change: FromWorker & { kind: "connection" }): void {
  connection.value = change.connection;
  retryIn.value = change.retryIn;
  if (change.connection === "open") {
    pings = [];
    gesture({ type: "ping", page: performance.now() });
    return;
  }
  for (const [id, resolve] of waiting) {
    resolve({ type: "reply", id, ok: false, message: "The connection was lost." });
  }
  waiting.clear();
}

let arrived: Moment | null = null;

/** Show the latest moment together with all else that is drawn, so that the page is laid out once. */
function showMoment(at: number): void {
  const message = arrived;
  if (message === null) return;
  arrived = null;
  batch(() => {
    moment.value = message;
    if (at - steadied >= STEADY_MS) {
      steady.value = message;
      steadied = at;
    }
    if (message.figures) figures.value = message.figures;
    if (message.sources) sourceFigures.value = message.sources;
  });
}

function take(message: FromServer, at: number): void {
  switch (message.type) {
    case "state": {
      const before = state.value?.model;
      state.value = message;
      if (before?.name !== message.model.name || before.landmarks !== message.model.landmarks) {
        void loadLandmarks();
      }
      return;
    }
    case "moment":
      // What only some moments tell must not be lost with those that are not shown.
      arrived = { ...arrived, ...message };
      return atBeat(showMoment);
    case "note":
      return say(message.level, message.text);
    case "reply": {
      if (!message.ok) say("warning", message.message ?? "That was not possible.");
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
      return;
    }
    case "pong":
      pings = keep(pings, sample(message.page, at, message.engine));
      roundTrip.value = best(pings)?.trip ?? 0;
  }
}

async function loadLandmarks(): Promise<void> {
  try {
    landmarks.value = await (await fetchBeside("api/landmarks")).json();
  } catch (error) {
    landmarks.value = [];
    console.warn("no landmarks:", error);
  }
}
