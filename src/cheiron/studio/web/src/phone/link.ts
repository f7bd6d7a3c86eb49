/** The way to the instrument: comes back by itself, and says why where it may not. */

import type { Sample } from "./motion";
import { keepSecret, secret } from "./secret";
import type { Link } from "./words";

export interface Status {
  rate: number;
  latency: number | null;
  name: string;
}

export interface Ear {
  onLink: (link: Link, why: string) => void;
  onStatus: (status: Status) => void;
  onName: (name: string) => void;
}

/** Milliseconds before each next attempt; the last one is repeated. */
const PAUSES = [250, 500, 1000, 2000, 4000];
/** Bytes that may wait in the socket; beyond, samples are kept and go together. */
const WAITING = 2048;
const MOST_SAMPLES = 32;

export class Way {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer = 0;
  private why = "";
  /** Whether trying again would not help. */
  private final = false;
  private waiting: Sample[] = [];
  private button: 0 | 1 = 0;
  private welcome = false;

  constructor(
    private readonly ear: Ear,
    private token: string,
  ) {}

  /** Connect, now. A new token takes the place of the old one. */
  open(token = this.token): void {
    this.token = token;
    this.attempt = 0;
    this.connect();
  }

  /** A movement; several go together when the network is slow, and the oldest are lost. */
  move(sample: Sample, button: 0 | 1): void {
    this.button = button;
    this.waiting.push(sample);
    if (this.waiting.length > MOST_SAMPLES) this.waiting.shift();
    if (!this.welcome || !this.socket || this.socket.bufferedAmount > WAITING) return;
    this.say({ type: "motion", samples: this.waiting, button: this.button });
    this.waiting = [];
  }

  /** How the phone is: "live", "asleep", "refused" or "without". */
  tell(state: string): void {
    if (this.welcome) this.say({ type: "state", state });
  }

  private connect(): void {
    window.clearTimeout(this.timer);
    this.socket?.close();
    this.welcome = false;
    this.why = "";
    this.final = false;
    this.ear.onLink("trying", "");
    const socket = new WebSocket(new URL("ws", location.href.replace(/^http/, "ws")));
    this.socket = socket;
    socket.onopen = () => {
      this.say({ type: "hello", token: this.token, secret: secret() });
    };
    socket.onmessage = (event) => {
      if (socket === this.socket) this.hear(JSON.parse(String(event.data)) as Record<string, unknown>);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
  }

  private hear(message: Record<string, unknown>): void {
    switch (message.type) {
      case "ping":
        this.say({ type: "pong", id: message.id });
        return;
      case "welcome":
        keepSecret(String(message.secret));
        this.token = "";
        this.attempt = 0;
        this.welcome = true;
        this.waiting = [];
        this.ear.onLink("open", "");
        this.ear.onName(String(message.name));
        return;
      case "status":
        this.ear.onStatus(message as unknown as Status);
        return;
      case "refused":
        this.why = String(message.message);
        this.final = message.final === true;
    }
  }

  private lost(): void {
    this.welcome = false;
    if (this.final) {
      this.ear.onLink("refused", this.why);
      return;
    }
    this.ear.onLink("closed", this.why);
    const pause = PAUSES[Math.min(this.attempt, PAUSES.length - 1)] ?? 4000;
    this.attempt += 1;
    this.timer = window.setTimeout(() => this.connect(), pause);
  }

  private say(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

/** The token in an address's fragment; the address is cleaned of it, for people show their screens. */
export function takeToken(): string {
  const token = location.hash.replace(/^#/, "");
  if (token !== "") history.replaceState(null, "", location.pathname + location.search);
  return token;
}
