// A server that answers JSON-RPC as a test tells it to: for what a real node does only on a bad day.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface StubCall {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What to answer: a result, a JSON-RPC error, or anything at all by hand. */
export type StubAnswer = { readonly result: unknown } | { readonly error: unknown } | ((response: ServerResponse) => void);

export interface StubNode {
  readonly url: string;
  /** In order of arrival, those of one request one after the other. */
  readonly calls: readonly StubCall[];
  answer: (call: StubCall) => StubAnswer;
  /** Called with every WebSocket and each of its messages. */
  onMessage: (socket: WebSocket, message: StubCall) => void;
  close(): Promise<void>;
}

export async function startStubNode(answer: StubNode['answer'] = () => ({ result: {} })): Promise<StubNode> {
  const calls: StubCall[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const sent = JSON.parse(body) as StubCall | readonly StubCall[];
      const batch = Array.isArray(sent) ? (sent as readonly StubCall[]) : [sent as StubCall];
      calls.push(...batch);
      const replies = batch.map((call) => ({ id: call.id, reply: stub.answer(call) }));
      const byHand = replies.find(({ reply }) => typeof reply === 'function')?.reply;
      if (typeof byHand === 'function') return byHand(response);
      const answers = replies.map(({ id, reply }) => ({ jsonrpc: '2.0', id, ...reply }));
      // As CometBFT does it: one answer comes bare.
      const text = JSON.stringify(answers.length === 1 ? answers[0] : answers);
      response.setHeader('content-type', 'application/json').end(text);
    });
  });
  const sockets = new WebSocketServer({ server, path: '/websocket' });
  sockets.on('connection', (socket) => socket.on('message', (data) => stub.onMessage(socket, JSON.parse(data.toString()))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: StubNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer,
    onMessage: () => {},
    close: () => stop(server, sockets),
  };
  return stub;
}

async function stop(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
