// Passes connections on to a port of this machine until told to cut them, or to take no more.

import { createServer, type Server, Socket } from 'node:net';

export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #down = false;
  #port = 0;
  #target = 0;

  readonly #host: string;

  /** Listens on an address of this machine. */
  constructor(host = '127.0.0.1') {
    this.#host = host;
    this.#server = createServer((socket) => {
      if (this.#down) {
        socket.destroy();
        return;
      }
      const onward = new Socket();
      onward.connect(this.#target, '127.0.0.1');
      for (const end of [socket, onward]) {
        this.#sockets.add(end);
        end.on('error', () => {});
        end.on('close', () => this.#sockets.delete(end));
      }
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`;
  }

  /** Where connections are passed on to from now on: any address with a port. */
  set target(url: string) {
    this.#target = Number(new URL(url).port);
  }

  async listen(target: string): Promise<void> {
    this.target = target;
    await new Promise<void>((resolve) => this.#server.listen(0, this.#host, resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Cuts every connection, in the middle of whatever it carries. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts every connection, and every new one, until `up`. */
  down(): void {
    this.#down = true;
    this.cut();
  }

  up(): void {
    this.#down = false;
  }

  async close(): Promise<void> {
    this.cut();
    if (this.#port !== 0) await new Promise((resolve) => this.#server.close(resolve));
  }
}
