// Frames of the ABCI socket protocol: an unsigned LEB128 length ("uvarint"), then that many bytes. A chunk of the socket may
// hold many frames, or end anywhere in one, its length prefix included.
// Source: CometBFT spec/abci at v0.38, "Socket protocol" (TSP); the length is unsigned since v0.34.

import { type Bytes, concatBytes } from '../lib/bytes.ts';
import { AbciError } from './errors.ts';

/** A uvarint of a 32-bit length has at most this many bytes. */
const LONGEST_PREFIX = 5;

/** A message with its length before it. */
export function encodeFrame(message: Bytes): Bytes {
  const prefix: number[] = [];
  let rest = message.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) prefix.push((rest % 0x80) + 0x80);
  return concatBytes(Uint8Array.from([...prefix, rest]), message);
}

/** Cuts a stream of chunks into the messages of its frames. Keeps at most one unfinished frame. */
export class FrameReader {
  readonly #maxFrameBytes: number;
  #chunks: Bytes[] = [];
  #buffered = 0;
  /** Prefix and message of the unfinished frame, once its prefix is there. */
  #wanted = 0;

  /** `maxFrameBytes`: longest message that is accepted. */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** The messages that this chunk completes, in order. Throws ABCI_FRAME_INVALID for a length that cannot be. */
  push(chunk: Bytes): Bytes[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#wanted) return [];
    const bytes = this.#chunks.length === 1 ? chunk : concatBytes(...this.#chunks);
    const messages: Bytes[] = [];
    let at = 0;
    this.#wanted = 0;
    while (at < bytes.length) {
      const prefix = readLength(bytes, at, this.#maxFrameBytes);
      if (prefix === undefined) break;
      const end = at + prefix.bytes + prefix.length;
      if (end > bytes.length) {
        this.#wanted = prefix.bytes + prefix.length;
        break;
      }
      messages.push(bytes.subarray(at + prefix.bytes, end));
      at = end;
    }
    this.#chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#buffered = bytes.length - at;
    return messages;
  }
}

/** The length at `at` and the size of its prefix; undefined while the prefix is not complete. */
function readLength(bytes: Bytes, at: number, most: number): { readonly length: number; readonly bytes: number } | undefined {
  let length = 0;
  for (let index = 0; index < LONGEST_PREFIX; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    if (length > most) throw new AbciError('ABCI_FRAME_INVALID', `a frame of ${length} bytes exceeds ${most}`);
    return { length, bytes: index + 1 };
  }
  throw new AbciError('ABCI_FRAME_INVALID', `the length of a frame has more than ${LONGEST_PREFIX} bytes`);
}
