// Raw JSON-RPC, so that the suites see what is really sent.

import WebSocket from 'ws';
import type { Json } from '../helpers/light-client.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly json: Json;
}

export async function request(url: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text, json: type.startsWith('application/json') ? JSON.parse(text) : undefined };
}

export function post(url: string, body: unknown): Promise<Reply> {
  return request(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** The result of a call; throws what the node says when it fails. */
export async function call(url: string, method: string, params: Record<string, unknown> = {}): Promise<Json> {
  const { json } = await post(url, { jsonrpc: '2.0', id: 1, method, params });
  if (json.error !== undefined) throw new Error(`${method}: ${json.error.data ?? json.error.message}`);
  return json.result;
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Calls `look` again and again until it gives something; throws when it has given nothing for half a minute. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`waited in vain for ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A WebSocket whose messages are kept in order. */
export class Subscriber {
  readonly messages: Json[] = [];
  readonly socket: WebSocket;
  #waiting: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    const wake = () => {
      for (const resume of this.#waiting.splice(0)) resume();
    };
    socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      wake();
    });
    socket.on('close', wake);
    socket.on('error', wake);
  }

  static async connect(rpcUrl: string): Promise<Subscriber> {
    const socket = new WebSocket(`${rpcUrl.replace('http', 'ws')}/websocket`);
    const subscriber = new Subscriber(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return subscriber;
  }

  send(id: number | string, method: string, params: Record<string, unknown> = {}): void {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  /** The first message that `wanted` accepts, once it is there. */
  async next(wanted: (message: Json) => boolean): Promise<Json> {
    for (;;) {
      const found = this.messages.find(wanted);
      if (found !== undefined) return found;
      if (this.socket.readyState > WebSocket.OPEN) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  close(): void {
    this.socket.terminate();
  }
}
