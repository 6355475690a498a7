// An HTTP endpoint on a real socket that answers like a FakeEthereum and misbehaves on request: by call (another answer)
// or by post (status, raw body, a broken or a hanging connection).

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FakeEthereum, RpcRefusal } from './fake-ethereum.ts';

/** Replaces the answer to one call; gets what an honest endpoint would say. Throw an RpcRefusal for an error object. */
export type CallFault = (honest: () => Promise<unknown>, params: readonly unknown[]) => unknown;

/** Replaces the answer to one post; `text` is the honest body. Return true when the response has been dealt with. */
export type PostFault = (response: ServerResponse, text: string, body: unknown) => boolean | Promise<boolean>;

export interface ScriptedEndpoint {
  readonly url: string;
  /** Methods in the order in which they were called. */
  readonly calls: string[];
  /** Posts received. */
  posts(): number;
  /** Sockets that clients have opened. */
  connections(): number;
  /** From now on, for the next `times` calls of the method (default: all). */
  onCall(method: string, fault: CallFault, times?: number): void;
  /** For the next `times` posts (default: all). */
  onPost(fault: PostFault, times?: number): void;
  /** Honest again. */
  heal(): void;
  close(): Promise<void>;
}

interface Counted<F> {
  readonly fault: F;
  left: number;
}

export async function scriptedEndpoint(ethereum: FakeEthereum): Promise<ScriptedEndpoint> {
  const calls: string[] = [];
  const faults = new Map<string, Counted<CallFault>>();
  let postFault: Counted<PostFault> | undefined;
  let posts = 0;
  let connections = 0;

  const answerOne = async ({ id, method, params }: { id: unknown; method: string; params: readonly unknown[] }) => {
    calls.push(method);
    const honest = () => ethereum.answer(method, params);
    const counted = faults.get(method);
    const spoilt = counted !== undefined && counted.left-- > 0;
    try {
      return { jsonrpc: '2.0', id, result: await (spoilt ? counted.fault(honest, params) : honest()) };
    } catch (error) {
      if (error instanceof RpcRefusal) return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message } };
      throw error;
    }
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    posts += 1;
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    const answer = JSON.stringify(Array.isArray(body) ? await Promise.all(body.map(answerOne)) : await answerOne(body));
    if (postFault !== undefined && postFault.left-- > 0 && (await postFault.fault(response, answer, body))) return;
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    posts: () => posts,
    connections: () => connections,
    onCall: (method, fault, times = Number.POSITIVE_INFINITY) => void faults.set(method, { fault, left: times }),
    onPost: (fault, times = Number.POSITIVE_INFINITY) => {
      postFault = { fault, left: times };
    },
    heal: () => {
      faults.clear();
      postFault = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
