/** The server's binary messages, read without copying. */

import { HEADER_BYTES, SCOPE, SOUND } from "./protocol";

export interface Block {
  kind: typeof SCOPE | typeof SOUND;
  /** A counter of messages of that kind. */
  count: number;
  /** Samples a second. */
  rate: number;
  /** A view into the message. */
  samples: Float32Array<ArrayBuffer>;
}

/** What a binary message holds; null when it is none of ours. */
export function read(buffer: ArrayBuffer): Block | null {
  const bytes = buffer.byteLength - HEADER_BYTES;
  if (bytes <= 0 || bytes % 4 !== 0) return null;
  const header = new DataView(buffer, 0, HEADER_BYTES);
  const kind = header.getUint8(0);
  const rate = header.getUint32(8, true);
  if ((kind !== SCOPE && kind !== SOUND) || rate < 1000 || rate > 768000) return null;
  const samples = new Float32Array(buffer, HEADER_BYTES);
  return { kind, count: header.getUint32(4, true), rate, samples };
}
