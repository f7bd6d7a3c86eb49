/** What the page and the server say to each other. docs/protocol.md is the same in words. */

export type AxisKind = "free" | "descriptor" | "personal" | "residual" | "texture";

export interface Axis {
  name: string;
  low: number;
  high: number;
  unit: string;
  default: number;
  help: string;
  kind: AxisKind;
  /** What its travel means: rising values in `unit` at equal steps; empty when its values are. */
  marks: number[];
  /** How far on the same place comes again, as for an angle; 0 where it does not come round. */
  period: number;
}

export interface Param {
  name: string;
  unit: string;
  low: number;
  high: number;
  default: number;
  curve: "linear" | "exp";
  help: string;
  value: number;
}

/** One cable from a movement to a knob; null ranges mean the axis's own. */
export interface Connection {
  source: string;
  target: string;
  inputs: [number, number] | null;
  outputs: [number, number] | null;
  curve: "linear" | "exp" | "log" | "smooth";
  smooth: number;
  invert: boolean;
}

/** A knob held by hand. `locked`: the hand wins over the mapping. */
export interface Knob {
  value: number;
  locked: boolean;
}

/** A place on the time line of scenes: what the knobs mean there, and which are held. */
export interface SceneState {
  name: string;
  /** Which of State.spaces. */
  space: string;
  /** On the time line, in [0, 1]; rising. */
  position: number;
  /** Whether somebody put it there; else it stands evenly between its neighbours. */
  placed: boolean;
  /** What it holds, in the units of its space. */
  knobs: Record<string, Knob>;
}

export interface SourceState {
  /** Unique: "pointer", "keys", "osc", "midi", "replay", "audio". */
  name: string;
  kind: string;
  open: boolean;
  axes: Axis[];
  /** What it was opened with, such as {port: 9000, axes: ["/acc.0"]}. */
  settings: Record<string, unknown>;
  /** Why it does not work, in a sentence; empty when it does. */
  problem: string;
}

/** One phone source, and the phone that plays it. */
export interface PhoneSeat {
  seat: number;
  /** Which of State.sources. */
  source: string;
  /** What a phone opens, with a token that works once; empty once it was used, or while nothing is open. */
  link: string;
  /** The same as a QR code: an image as a data: address; empty with it. */
  picture: string;
  /** Whether a phone has its page open now. */
  here: boolean;
  /** Whether a phone has this seat, here or not. */
  known: boolean;
  /** "live", "here", "asleep", "refused", "without", "quiet", "lost", "gone"; empty before the first. */
  state: string;
}

/** The door for phones. */
export interface Phones {
  open: boolean;
  /** "https://192.168.1.20:8443/"; empty while no phone can come in. */
  address: string;
  /** The addresses of this computer that it can be opened at. */
  addresses: string[];
  /** SHA-256 of the certificate that a phone is shown. */
  fingerprint: string;
  /** Why no phone can come in, in a sentence; empty when one can. */
  problem: string;
  seats: PhoneSeat[];
}

export interface TakeState {
  name: string;
  /** Seconds. */
  length: number;
  /** Unix seconds. */
  made: number;
  hasSound: boolean;
  hasGesture: boolean;
}

export interface LoopState {
  name: string;
  length: number;
  /** The points of its path on the map, each [x, y] in [0, 1]; at most 200. */
  path: [number, number][];
}

/** One showing of a gesture. */
export interface GestureTake {
  id: string;
  /** Seconds. */
  seconds: number;
  /** The loop that it was shown to; empty where it was whatever was played. */
  of: string;
  /** Why it does not count, in a sentence; empty when it does. */
  problem: string;
}

/** A gesture that was taught. */
export interface GestureState {
  name: string;
  takes: GestureTake[];
  /** Share of its takes that are recognised when each is left out once; null while unknown. */
  share: number | null;
  /** The same in words; empty while unknown. */
  words: string;
  /** Which may follow it; empty: any. */
  after: string[];
}

/** Teaching by demonstration. */
export interface TeachState {
  /** What is going on: counting in, showing, or nothing. */
  phase: "" | "count" | "record";
  /** The gesture that is being shown. */
  gesture: string;
  gestures: GestureState[];
  /** Whether it is being learned, and whether it is being judged. */
  learning: boolean;
  judging: boolean;
  /** Which gestures Moment.taught.heard are of. */
  heard: string[];
}

export interface ModelState {
  name: string;
  title: string;
  sampleRate: number;
  hop: number;
  /** Seconds. */
  latency: number;
  hasEncoder: boolean;
  landmarks: number;
}

/** Everything that stays until somebody changes it. Sent at the start and after every change. */
export interface State {
  type: "state";
  version: string;
  session: { name: string; path: string };
  models: string[];
  model: ModelState;
  spaces: string[];
  /** The one that is played; with scenes that of the nearest. Empty when the latents are the knobs. */
  space: string;
  /** In the order of their positions; the axis "scene" says where on their time line we are. */
  scenes: SceneState[];
  /** The control axes. */
  axes: Axis[];
  /** What the meters show of the sound: what Moment.descriptors are, and their usual ranges. */
  descriptors: Axis[];
  knobs: Record<string, Knob>;
  mapping: {
    kind: string;
    kinds: { name: string; help: string }[];
    connections: Connection[];
    /** What a connection may lead to besides the knobs; other axes for other kinds. */
    steering: Axis[];
    /** Local exploration: which loop it moves around; empty when none. */
    loop: string;
    /** Every motion axis that a connection may start from. */
    motion: Axis[];
  };
  /** What can be turned beside the knobs: "explore.radius", "smoothing.min_cutoff", … */
  params: Param[];
  sources: SourceState[];
  sourceKinds: { kind: string; help: string }[];
  phones: Phones;
  output: {
    kind: "device" | "page" | "none";
    device: string;
    devices: string[];
    sampleRate: number;
    block: number;
    problem: string;
  };
  follow: { osc: string; midi: string };
  presets: string[];
  teach: TeachState;
  /** The presets that come with the instrument. */
  interactions: { name: string; help: string }[];
  takes: TakeState[];
  loops: LoopState[];
  recording: boolean;
  replaying: string;
  /** Whose next movement becomes a connection to this control axis; empty when off. */
  learning: string;
  muted: boolean;
  gain: number;
  undo: string;
  redo: string;
}

export interface SourceFigures {
  name: string;
  /** Frames a second; 0 when nothing comes. */
  rate: number;
  /** Standard deviation of the time between frames, ms. */
  jitter: number;
  /** Values now, one for each axis; null where undefined. */
  values: (number | null)[];
  /** True where an axis has not changed for a second though others have. */
  stuck: boolean[];
  /** What it takes to come here, as far as it is known, and what is waited for stragglers, ms. */
  latency: number;
  /** Frames that did not come, or were dropped. */
  lost: number;
  /** OSC only: every address that arrives, with its rate and last arguments. */
  arriving?: { address: string; rate: number; values: number[] }[];
}

export interface Figures {
  /** Time of one block of the chain, ms. */
  blockMedian: number;
  block999: number;
  /** What a block may take, ms. */
  budget: number;
  ringFill: number;
  underruns: number;
  /** What this software adds from sensor to sound, ms. */
  latency: number;
  deviceLatency: number;
  cpu: number;
  memory: number;
  /** Gain reduction of the safe gain, dB, 0 when it does not act. */
  reduction: number;
  mended: number;
}

/** The moment, 30 to 60 times a second. */
export interface Moment {
  type: "moment";
  /** Seconds on the engine's clock. */
  time: number;
  /** Control point, one value for each of State.axes. */
  control: number[];
  /** On the map, in [0, 1]. */
  position: [number, number];
  confidence: number;
  /** dBFS. */
  peak: number;
  rms: number;
  clipped: boolean;
  sounding: boolean;
  recorded: number;
  /** While a taught mapping plays or a gesture is shown: how probable each of TeachState.heard is,
   *  how much of the best is over, seconds until the showing begins and since. */
  taught?: { heard: number[]; progress: number; left: number; seconds: number };
  /** What is heard, measured 25 times a second: one for each of State.descriptors, null where undefined. */
  descriptors?: (number | null)[];
  /** Twice a second. */
  figures?: Figures;
  /** Ten times a second. */
  sources?: SourceFigures[];
}

export interface Note {
  type: "note";
  level: "info" | "warning" | "error";
  text: string;
}

export interface Reply {
  type: "reply";
  id: number;
  ok: boolean;
  /** The reason, when not ok. */
  message?: string;
}

/** Answer to a ping; the page learns the clocks' offset from it. */
export interface Pong {
  type: "pong";
  page: number;
  engine: number;
}

export type FromServer = State | Moment | Note | Reply | Pong;

export interface Touch {
  id: number;
  /** On the map, in [0, 1], x to the right, y up. */
  x: number;
  y: number;
  pressure: number;
}

/** One hand that the camera sees. */
export interface Hand {
  /** Whose it looks like; the picture is not mirrored. */
  side: "left" | "right";
  /** How sure that is, in [0, 1]. */
  score: number;
  /** 21 landmarks, x y z each, x in widths of the picture, y down in heights, z away in widths. */
  points: number[];
  /** The same in metres around the hand's middle. */
  world: number[];
}

/** Sent as they happen; they get no reply. `time` is performance.now() of the event, ms; of hands that of the picture. */
export type Gesture =
  | { type: "pointer"; time: number; hover: [number, number] | null; touches: Touch[] }
  | { type: "keys"; time: number; down: string[] }
  | { type: "hands"; time: number; sent: number; aspect: number; lost: number; hands: Hand[] }
  | { type: "ping"; page: number };

/** Everything else; the server replies to each with a Reply of the same id. */
export type Command =
  | { type: "model"; name: string }
  | { type: "space"; name: string; scene?: string }
  | { type: "scene-add"; name: string; at: number }
  | { type: "scene-remove"; name: string }
  | { type: "scene-set"; name: string; rename?: string; space?: string; position?: number | null }
  | { type: "scene-hold"; name: string; on: boolean }
  | { type: "scene-go"; to: number; seconds: number }
  | { type: "knob"; axis: string; value: number; locked?: boolean }
  | { type: "release"; axis: string }
  | { type: "param"; name: string; value: number }
  | { type: "mapping"; kind: string; loop?: string }
  | { type: "connect"; connection: Connection }
  | { type: "disconnect"; target: string }
  | { type: "learn"; target: string; outputs?: [number, number] }
  | { type: "source-open"; kind: string; settings: Record<string, unknown> }
  | { type: "source-close"; name: string }
  | { type: "phone-open"; on: boolean; address?: string }
  | { type: "phone-invite"; seat: number }
  | { type: "output"; kind: "device" | "page" | "none"; device?: string; block?: number }
  | { type: "follow"; osc?: string; midi?: string }
  | { type: "record"; on: boolean; name?: string }
  | { type: "replay"; take: string; loop?: boolean }
  | { type: "replay-stop" }
  | { type: "take-rename"; take: string; name: string }
  | { type: "take-delete"; take: string }
  | { type: "loop-from-take"; take: string }
  | { type: "loop-delete"; name: string }
  | { type: "loop-draw"; name: string; path: [number, number, number][] }
  | { type: "teach-start"; gesture: string; sound: string; count: number }
  | { type: "teach-stop"; keep: boolean }
  | { type: "teach-take"; take: string; gesture: string; sound: string }
  | { type: "gesture-rename"; gesture: string; name: string }
  | { type: "gesture-delete"; gesture: string }
  | { type: "gesture-grammar"; gesture: string; after: string[] }
  | { type: "shown-delete"; shown: string }
  | { type: "interaction"; name: string }
  | { type: "preset-save"; name: string }
  | { type: "preset-load"; name: string }
  | { type: "preset-delete"; name: string }
  | { type: "gain"; value: number }
  | { type: "mute"; on: boolean }
  | { type: "panic" }
  | { type: "undo" }
  | { type: "redo" };

export type ToServer = Gesture | (Command & { id: number });

/**
 * Binary messages, server to page, little endian: a header of 16 bytes, then float32 samples.
 *   byte 0: kind, 1 = scope (the latest 1024 samples), 2 = sound (to be played by the page)
 *   bytes 4-7: uint32, a counter of messages of that kind
 *   bytes 8-11: uint32, samples per second; bytes 12-15: zero
 */
export const SCOPE = 1;
export const SOUND = 2;
export const HEADER_BYTES = 16;
