// A JSON-RPC proxy in front of a real Ethereum that lies, lags or breaks on request: the answers of lies.ts, and the faults of
// the transport below. What it does depends on its seed alone.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Random } from '../sim/random.ts';
import { LIES, type LieMemory, type LieName } from './lies.ts';

/** Faults below JSON-RPC. `fork` answers everything from another chain. */
export const TRANSPORT_FAULTS = [
  'hangs without closing',
  'trickles slowly',
  'answers 429',
  'answers 200 with an error',
  'cuts its JSON short',
  'answers hugely',
  'is on another fork',
] as const;

export type TransportFault = (typeof TRANSPORT_FAULTS)[number];
export type EndpointFault = LieName | TransportFault;

export const ENDPOINT_FAULTS: readonly EndpointFault[] = [...(Object.keys(LIES) as LieName[]), ...TRANSPORT_FAULTS];

export interface LyingEndpointOptions {
  /** The honest endpoint, `http://…`. */
  readonly target: string;
  /** Another chain, for `is on another fork`. */
  readonly fork?: string;
  readonly seed: number;
  /** Keeps honest answers back for so long: endpoints without it are asked before this one. */
  readonly delayMs?: number;
}

export interface LyingEndpoint {
  readonly url: string;
  /** Posts that were answered in another way than honestly. */
  readonly spoilt: number;
  readonly posts: number;
  /** From now on; `fork` replaces that of the options. */
  misbehave(fault: EndpointFault, fork?: string): Promise<void>;
  /** Honest from now on; what hangs is let go. */
  heal(): void;
  close(): Promise<void>;
}

interface Call {
  readonly id: unknown;
  readonly method: string;
  readonly params?: readonly unknown[];
}

const HUGE_BYTES = 1_073_741_824;
const TRICKLE_MS = 250;

export async function startLyingEndpoint(options: LyingEndpointOptions): Promise<LyingEndpoint> {
  const endpoint = new LyingProxy(options);
  await endpoint.listen();
  return endpoint;
}

class LyingProxy implements LyingEndpoint {
  readonly #options: LyingEndpointOptions;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #held = new Set<ServerResponse>();
  #fault: EndpointFault | undefined;
  #fork: string | undefined;
  #memory: LieMemory;
  spoilt = 0;
  posts = 0;

  constructor(options: LyingEndpointOptions) {
    this.#options = options;
    this.#fork = options.fork;
    this.#memory = this.#remember(0n);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async misbehave(fault: EndpointFault, fork?: string): Promise<void> {
    if (fork !== undefined) this.#fork = fork;
    this.#memory = this.#remember(BigInt((await this.#ask('eth_blockNumber', [])) as string));
    this.#fault = fault;
  }

  heal(): void {
    this.#fault = undefined;
    for (const timer of this.#timers) clearInterval(timer);
    for (const response of this.#held) response.destroy();
    this.#timers.clear();
    this.#held.clear();
  }

  async close(): Promise<void> {
    this.heal();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #remember(headAtStart: bigint): LieMemory {
    const generator = new Random(this.#options.seed);
    return {
      random: () => generator.word() / 2 ** 32,
      headAtStart,
      asked: new Map(),
      ask: (method, params) => this.#ask(method, params),
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.posts += 1;
    let body = '';
    for await (const chunk of request) body += chunk;
    const fault = this.#fault;
    if (fault === 'hangs without closing') return this.#hold(response);
    if (fault === 'answers 429') return this.#end(response, 429, '{"error":"Too Many Requests"}');
    const honest = await post(fault === 'is on another fork' ? (this.#fork ?? '') : this.#options.target, body);
    if (fault === undefined) {
      const { delayMs = 0 } = this.#options;
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      return this.#end(response, 200, honest);
    }
    if (fault in LIES) return this.#lie(response, fault as LieName, body, honest);
    this.spoilt += 1;
    this.#breakTransport(response, fault as TransportFault, honest, JSON.parse(body) as Call | readonly Call[]);
  }

  async #lie(response: ServerResponse, name: LieName, body: string, honest: string): Promise<void> {
    const calls = JSON.parse(body) as Call | readonly Call[];
    const answers = JSON.parse(honest) as Record<string, unknown> | readonly Record<string, unknown>[];
    const spoil = async (answer: Record<string, unknown>) => {
      const call = [calls].flat().find(({ id }) => id === answer.id) as Call | undefined;
      if (call === undefined || !('result' in answer)) return answer;
      const { method, params = [] } = call;
      return { ...answer, result: await LIES[name]({ method, params, result: answer.result }, this.#memory) };
    };
    const text = JSON.stringify(Array.isArray(answers) ? await Promise.all(answers.map(spoil)) : await spoil(answers as never));
    if (text !== JSON.stringify(JSON.parse(honest))) this.spoilt += 1;
    this.#end(response, 200, text);
  }

  #breakTransport(response: ServerResponse, fault: TransportFault, honest: string, calls: Call | readonly Call[]): void {
    switch (fault) {
      case 'is on another fork':
        this.#end(response, 200, honest);
        break;
      case 'cuts its JSON short':
        this.#end(response, 200, honest.slice(0, Math.floor(honest.length / 2)));
        break;
      case 'answers 200 with an error': {
        const errors = [calls]
          .flat()
          .map(({ id }) => ({ jsonrpc: '2.0', id, error: { code: -32603, message: 'internal error' } }));
        this.#end(response, 200, JSON.stringify(Array.isArray(calls) ? errors : errors[0]));
        break;
      }
      case 'trickles slowly':
        this.#trickle(response, honest);
        break;
      default:
        pour(response);
    }
  }

  #end(response: ServerResponse, status: number, text: string): void {
    if (status !== 200) this.spoilt += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  #hold(response: ServerResponse): void {
    this.spoilt += 1;
    this.#held.add(response);
    response.on('close', () => this.#held.delete(response));
  }

  #trickle(response: ServerResponse, text: string): void {
    this.#held.add(response);
    let at = 0;
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => {
      response.write(text.charAt(at++));
      if (at >= text.length) response.end();
    }, TRICKLE_MS);
    this.#timers.add(timer);
    response.on('close', () => {
      this.#held.delete(response);
      clearInterval(timer);
      this.#timers.delete(timer);
    });
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const text = await post(this.#options.target, JSON.stringify({ jsonrpc: '2.0', id: 0, method, params }));
    return (JSON.parse(text) as { result: unknown }).result;
  }
}

/** An answer without end, as fast as it is read. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(1_048_576, 0x20);
  let sent = 0;
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = () => {
    while (!response.destroyed && sent < HUGE_BYTES) {
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

async function post(url: string, body: string): Promise<string> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return answer.text();
}
