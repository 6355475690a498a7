// Answers that wait to be written in one go: a system call an answer would cost more than most calls of the mempool, and a
// writer an answer more than its encoding. Written at a Flush, when many bytes have come together, and when what was read is
// answered.

import type { Socket } from 'node:net';
import { BinaryWriter } from 'cosmjs-types/binary';
import { Response } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes } from '../lib/bytes.ts';
import { AbciError } from './errors.ts';

/** A batch of this many bytes is written. */
const FULL_BYTES = 131_072;
/** Longest message that CometBFT reads (abci/types/messages.go). */
const LONGEST_ANSWER = 2 ** 31 - 1;

export class AnswerBatch {
  readonly #socket: Socket;
  #writer = BinaryWriter.create();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get full(): boolean {
    return this.#writer.len >= FULL_BYTES;
  }

  /** Frames a response. Throws ABCI_ANSWER_INVALID, leaving the others as they are, when it cannot be encoded. */
  add(response: Response): void {
    const writer = this.#writer;
    try {
      Response.encode(response, writer.fork());
      if (writer.len > LONGEST_ANSWER) throw new RangeError(`${writer.len} bytes, the engine reads ${LONGEST_ANSWER}`);
      writer.ldelim();
    } catch (cause) {
      while (writer.states !== null) writer.reset();
      const [kind = 'a request'] = Object.keys(response);
      throw new AbciError('ABCI_ANSWER_INVALID', `the application's answer to ${kind} cannot be sent`, { kind }, { cause });
    }
  }

  /** What waits, to be written by the caller. */
  take(): Bytes {
    const all = this.#writer.finish();
    this.#writer = BinaryWriter.create();
    return all;
  }

  /** Resolves when the socket takes more, or is closed. */
  async write(): Promise<void> {
    if (this.#writer.len === 0 || this.#socket.write(this.take())) return;
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
