// A client that sends prepared frames and counts answers without decoding them, so that it costs the same for both wires.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parseSocketAddress } from '../../relayer/abci/socket-address.ts';
import type { Load, Wire } from './wire.ts';

export class LoadClient {
  readonly #socket: Socket;
  readonly #lengthOf: Wire['lengthOf'];
  #prefix = 0;
  #shift = 1;
  /** Bytes of the answer that has begun. */
  #missing = 0;
  #awaited = 0;
  #done: () => void = () => {};

  private constructor(socket: Socket, wire: Wire) {
    this.#socket = socket;
    this.#lengthOf = wire.lengthOf;
    socket.on('data', (chunk: Buffer) => this.#count(chunk));
  }

  static async open(address: string, wire: Wire): Promise<LoadClient> {
    const where = parseSocketAddress(address);
    const socket = connect('path' in where ? where : { ...where, noDelay: true });
    await once(socket, 'connect');
    return new LoadClient(socket, wire);
  }

  /** Milliseconds from the first byte sent to the last answer. */
  async measure({ bytes, answers }: Load): Promise<number> {
    this.#awaited = answers;
    const startedAt = performance.now();
    const done = new Promise<void>((resolve, reject) => {
      this.#done = resolve;
      this.#socket.once('close', () => reject(new Error('the server closed the connection')));
    });
    this.#socket.write(bytes);
    await done;
    this.#socket.removeAllListeners('close');
    return performance.now() - startedAt;
  }

  close(): void {
    this.#socket.destroy();
  }

  #count(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, chunk.length - at);
        at += taken;
        this.#missing -= taken;
        if (this.#missing === 0) this.#awaited--;
        continue;
      }
      const byte = chunk[at++] as number;
      this.#prefix += (byte & 0x7f) * this.#shift;
      this.#shift *= 0x80;
      if (byte >= 0x80) continue;
      this.#missing = this.#lengthOf(this.#prefix);
      this.#prefix = 0;
      this.#shift = 1;
      if (this.#missing === 0) this.#awaited--;
    }
    if (this.#awaited === 0) this.#done();
  }
}
