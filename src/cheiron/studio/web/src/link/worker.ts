/**
 * The WebSocket, in a thread of its own: sound goes from here straight to the AudioWorklet, so that
 * drawing the page can never make a gap in it.
 */

import { delay } from "./backoff";
import { read } from "./binary";
import type { FromWorker, ToWorker } from "./messages";
import { SOUND } from "./protocol";

/** The server closes with this when the token or the origin is wrong: trying again cannot help. */
const REFUSED = 4401;

interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}
const scope = self as unknown as Scope;

let socket: WebSocket | null = null;
let sound: MessagePort | null = null;
let attempt = 0;

scope.onmessage = ({ data }) => {
  if (data.kind === "open") open(data.url, data.token);
  else if (data.kind === "sound") sound = data.port;
  else if (socket?.readyState === WebSocket.OPEN) socket.send(data.text);
};

function open(url: string, token: string): void {
  tell("connecting", 0, "");
  const opened = new WebSocket(url);
  opened.binaryType = "arraybuffer";
  socket = opened;
  opened.onopen = () => {
    attempt = 0;
    opened.send(JSON.stringify({ type: "hello", token }));
    tell("open", 0, "");
  };
  opened.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data !== "string") return hear(data);
    scope.postMessage({ kind: "text", text: data, at: performance.timeOrigin + performance.now() });
  };
  opened.onclose = ({ code, reason }) => {
    if (code === REFUSED) return tell("refused", 0, reason);
    const wait = delay(attempt++, Math.random());
    tell("lost", wait, reason);
    setTimeout(() => open(url, token), wait * 1000);
  };
}

function hear(buffer: ArrayBuffer): void {
  const block = read(buffer);
  if (block === null) return;
  if (block.kind === SOUND) sound?.postMessage(block, [buffer]);
  else scope.postMessage({ kind: "scope", samples: block.samples, rate: block.rate }, [buffer]);
}

function tell(connection: "connecting" | "open" | "lost" | "refused", retryIn: number, reason: string): void {
  scope.postMessage({ kind: "connection", connection, retryIn, reason });
}
