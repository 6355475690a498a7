// Answers that wait to be written in one go: a system call an answer would cost more than most calls of the mempool. Written at
// a Flush, when many bytes have come together, and when what was read is answered.

import type { Socket } from 'node:net';
import { type Bytes, concatBytes } from '../lib/bytes.ts';

/** A batch of this many bytes is written. */
const FULL_BYTES = 131_072;

export class AnswerBatch {
  readonly #socket: Socket;
  #frames: Bytes[] = [];
  #bytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get full(): boolean {
    return this.#bytes >= FULL_BYTES;
  }

  add(frame: Bytes): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  /** What waits, to be written by the caller. */
  take(): Bytes {
    const all = this.#frames.length === 1 ? (this.#frames[0] as Bytes) : concatBytes(...this.#frames);
    this.#frames = [];
    this.#bytes = 0;
    return all;
  }

  /** Resolves when the socket takes more, or is closed. */
  async write(): Promise<void> {
    if (this.#bytes === 0 || this.#socket.write(this.take())) return;
    await drained(this.#socket);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    if (socket.destroyed || !socket.writableNeedDrain) resolve();
    else socket.on('drain', done).on('close', done);
  });
}
