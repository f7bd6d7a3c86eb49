/** What the main thread and the link's worker say to each other. */

import type { Connection } from "../state/store";

export type ToWorker =
  | { kind: "open"; url: string; token: string }
  | { kind: "say"; text: string }
  /** Where sound goes from now on: the AudioWorklet's port, or nowhere. */
  | { kind: "sound"; port: MessagePort | null };

export type FromWorker =
  /** `at`: milliseconds since 1970, the only clock that both threads share. */
  | { kind: "text"; text: string; at: number }
  | { kind: "scope"; samples: Float32Array; rate: number }
  | { kind: "connection"; connection: Connection; retryIn: number; reason: string };
