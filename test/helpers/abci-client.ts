// A client of the ABCI socket protocol that sends whatever bytes a test wants, and reads answers with a parser of its own.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Request, Response } from 'cosmjs-types/tendermint/abci/types';
import { parseSocketAddress } from '../../relayer/abci/socket-address.ts';

/** A request with some of its fields. */
export type RequestFields = { readonly [K in keyof Request]?: Partial<NonNullable<Request[K]>> };

/** Bytes of an unsigned LEB128 number. */
export function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A frame of any bytes. */
export function framed(message: Uint8Array): Buffer {
  return Buffer.concat([uvarint(message.length), message]);
}

/** Frames of requests, one behind the other. */
export function requestFrames(...requests: readonly RequestFields[]): Buffer {
  return Buffer.concat(requests.map((fields) => framed(Request.encode(Request.fromPartial(fields as Request)).finish())));
}

export class AbciClient {
  /** Answers that came, in order, without the fields that are not set. */
  readonly answers: Response[] = [];
  /** Resolves when the connection is closed on both sides, or failed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #unread = 0;
  /** Bytes that the unfinished answer needs. */
  #wanted = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(socket: Socket, reads: boolean) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    if (reads) socket.on('data', (chunk: Buffer) => this.#take(chunk));
    else socket.pause();
  }

  /** With `reads` false the client never takes an answer. */
  static async connect(address: string, { reads = true } = {}): Promise<AbciClient> {
    const where = parseSocketAddress(address);
    const socket = connect('path' in where ? where : { ...where, noDelay: true });
    await once(socket, 'connect');
    return new AbciClient(socket, reads);
  }

  /** Writes as they are; resolves when the system took them. */
  async send(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** Writes as much as the connection takes without waiting; true when it took everything. */
  offer(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  /** The first `count` answers; rejects when the connection closes before. */
  async received(count: number): Promise<Response[]> {
    if (this.answers.length < count) {
      const enough = new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
      await Promise.race([enough, this.closed]);
    }
    if (this.answers.length < count) throw new Error(`closed after ${this.answers.length} of ${count} answers`);
    return this.answers.slice(0, count);
  }

  /** Sends the requests and a flush; their answers without the flush's. */
  async ask(...requests: readonly RequestFields[]): Promise<Response[]> {
    const from = this.answers.length;
    await this.send(requestFrames(...requests, { flush: {} }));
    return (await this.received(from + requests.length + 1)).slice(from, -1);
  }

  /** Ends our side; what was asked is still answered. */
  end(): void {
    this.#socket.end();
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
    if (this.#unread < this.#wanted) return;
    let rest: Buffer = Buffer.concat(this.#chunks);
    for (;;) {
      const [from, length] = readPrefix(rest);
      this.#wanted = from + length;
      if (rest.length < this.#wanted) break;
      const fields = Object.entries(Response.decode(rest.subarray(from, from + length)));
      this.answers.push(Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
      rest = rest.subarray(from + length);
    }
    this.#chunks = [rest];
    this.#unread = rest.length;
    this.#wake();
  }

  #wake(): void {
    for (const { count, resolve } of this.#waiting) if (this.answers.length >= count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => this.answers.length < count);
  }
}

/** Size of the prefix and the length in it; of an unfinished prefix one byte more than is there. */
function readPrefix(bytes: Buffer): [number, number] {
  let length = 0;
  for (const [index, byte] of bytes.subarray(0, 10).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [index + 1, length];
  }
  return [bytes.length + 1, 0];
}
