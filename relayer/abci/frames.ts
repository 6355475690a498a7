// Frames of the ABCI socket protocol: an unsigned LEB128 length ("uvarint"), then that many bytes. A chunk of the socket may
// hold many frames, or end anywhere in one, its length prefix included. A message is copied out of its chunk once, into memory
// that grows with what has arrived, never with what a length promises.
// Source: CometBFT spec/abci at v0.38, "Socket protocol" (TSP), and what its reader (libs/protoio) accepts.

import type { Bytes } from '../lib/bytes.ts';
import { AbciError } from './errors.ts';

/** A uvarint of 64 bits has at most this many bytes. */
const LONGEST_PREFIX = 10;
/** First allocation for a message that spans chunks; it doubles from here. */
const FIRST_CAPACITY = 65_536;

/** Cuts a stream of chunks into the messages of its frames. Keeps at most one unfinished message. */
export class FrameReader {
  readonly #maxFrameBytes: number;
  #prefixBytes = 0;
  /** What the prefix said so far. */
  #length = 0;
  /** The message that has begun, undefined in the prefix; not longer than `#length`. */
  #message: Bytes | undefined;
  #filled = 0;

  /** `maxFrameBytes`: longest message that is accepted. */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** True when the stream may not end here. */
  get unfinished(): boolean {
    return this.#prefixBytes > 0;
  }

  /**
   * The messages that this chunk completes, in order; they do not share memory with it. Run it to its end before the next
   * chunk. Throws ABCI_FRAME_INVALID for a length that cannot be, after the messages before it.
   */
  *push(chunk: Bytes): Generator<Bytes, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#message === undefined) {
        if (!this.#readPrefix(chunk[at++] as number)) continue;
        this.#message = new Uint8Array(Math.min(this.#length, Math.max(FIRST_CAPACITY, chunk.length - at)));
      }
      const taken = Math.min(this.#length - this.#filled, chunk.length - at);
      this.#append(chunk, at, taken);
      at += taken;
      if (this.#filled === this.#length) yield this.#finish();
    }
  }

  /** Takes one byte of the prefix; true when it was the last. */
  #readPrefix(byte: number): boolean {
    // Beyond 2^53 the sum is inexact, and far beyond any limit.
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#prefixBytes++);
    const last = byte < 0x80;
    if (!last && this.#prefixBytes === LONGEST_PREFIX)
      throw new AbciError('ABCI_FRAME_INVALID', `the length of a frame has more than ${LONGEST_PREFIX} bytes`);
    if (this.#length > this.#maxFrameBytes)
      throw new AbciError('ABCI_FRAME_INVALID', `a frame of at least ${this.#length} bytes, ${this.#maxFrameBytes} are allowed`);
    return last;
  }

  #append(chunk: Bytes, from: number, count: number): void {
    let message = this.#message as Bytes;
    const filled = this.#filled + count;
    if (filled > message.length) {
      const grown = new Uint8Array(Math.min(this.#length, Math.max(filled, 2 * message.length)));
      grown.set(message.subarray(0, this.#filled));
      message = grown;
    }
    message.set(chunk.subarray(from, from + count), this.#filled);
    this.#message = message;
    this.#filled = filled;
  }

  #finish(): Bytes {
    const message = this.#message as Bytes;
    this.#message = undefined;
    this.#prefixBytes = 0;
    this.#length = 0;
    this.#filled = 0;
    return message;
  }
}
