// JSON-RPC over HTTP as CometBFT serves it: POST to `/` (single, batch, notification), GET `/<method>?…`, WebSocket at
// `/websocket`. Calls over POST answer with status 200 even when they fail, URIs with 500; bodies end at 1 MB.
// Source: CometBFT rpc/jsonrpc/server at v0.38.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bytes, concatBytes } from '../../lib/bytes.ts';
import { EngineError } from '../errors.ts';
import { jsonArguments, urlArguments } from './arguments.ts';
import { failure, JsonRpcError, type JsonRpcResponse, MAX_BODY_BYTES, parseJson, readRequest, success } from './json-rpc.ts';
import { type Method, runMethod, type ServerOptions } from './method.ts';
import { SubscriptionServer } from './subscription-server.ts';

const MAX_BATCH = 10;

export class HttpServer {
  readonly port: number;
  readonly #server: Server;
  readonly #subscriptions: SubscriptionServer;

  private constructor(server: Server, subscriptions: SubscriptionServer) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#subscriptions = subscriptions;
  }

  /** Throws ENGINE_PORT_IN_USE. */
  static async listen(port: number, options: ServerOptions): Promise<HttpServer> {
    const server = createServer((request, response) => {
      void answer(options, request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const taken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
        const message = `the RPC of node ${options.context.replica.name} cannot listen on 127.0.0.1:${port}`;
        reject(taken ? new EngineError('ENGINE_PORT_IN_USE', message, { port }, { cause }) : cause);
      });
      server.listen(port, '127.0.0.1', resolve);
    });
    const subscriptions = new SubscriptionServer(options);
    server.on('upgrade', (request, socket, head) => subscriptions.upgrade(request, socket, head));
    return new HttpServer(server, subscriptions);
  }

  async close(): Promise<void> {
    this.#subscriptions.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const path = url.pathname.replace(/^\/+/, '');
    if (path !== '') return await answerUri(options, path, url.searchParams, request, response);
    const body = await readBody(request);
    if (body === undefined) {
      const refusal = failure(undefined, new JsonRpcError(-32600, 'error reading request body: http: request body too large'));
      response.setHeader('Connection', 'close');
      return send(response, 400, refusal);
    }
    if (body.length === 0) return sendText(response, 200, 'text/html', listOfEndpoints(options));
    await answerPost(options, body, response);
  } catch (error) {
    // The node went down while it was answering, or the client has gone.
    options.log.debug({ error: String(error) }, 'request broken off');
    response.destroy();
  }
}

async function answerPost(options: ServerOptions, body: Bytes, response: ServerResponse): Promise<void> {
  let requests: ReturnType<typeof readRequest>[];
  try {
    const json = parseJson(body);
    if (Array.isArray(json) && json.length > MAX_BATCH) {
      const refusal = new JsonRpcError(-32600, `batch request exceeds maximum (${MAX_BATCH}) allowed number of requests`);
      return send(response, 200, failure(undefined, refusal));
    }
    requests = (Array.isArray(json) ? json : [json]).map(readRequest);
  } catch (error) {
    if (error instanceof JsonRpcError) return send(response, 500, failure(undefined, error));
    throw error;
  }
  const answers: JsonRpcResponse[] = [];
  for (const request of requests) {
    if (request === undefined) continue;
    const method = options.methods.get(request.method);
    try {
      if (method === undefined) throw new JsonRpcError(-32601);
      answers.push(
        success(request.id, await runMethod(options.context, method, () => jsonArguments(method.parameters, request.params))),
      );
    } catch (error) {
      if (!(error instanceof JsonRpcError)) throw error;
      answers.push(failure(request.id, error));
    }
  }
  if (answers.length === 0) response.writeHead(200).end();
  else send(response, 200, answers.length === 1 ? answers[0] : answers);
}

async function answerUri(
  options: ServerOptions,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const method = options.methods.get(path);
  if (path === 'subscribe' || path === 'unsubscribe' || path === 'unsubscribe_all')
    return send(response, 404, failure(-1, new JsonRpcError(-32601)));
  if (path === 'websocket') return sendText(response, 400, 'text/plain', 'Bad Request\n');
  if (method === undefined) return sendText(response, 404, 'text/plain', '404 page not found\n');
  try {
    send(response, 200, success(-1, await runMethod(options.context, method, () => urlArguments(method.parameters, query))));
  } catch (error) {
    if (!(error instanceof JsonRpcError)) throw error;
    send(response, 500, failure(-1, error));
  }
}

/** Undefined when it is longer than allowed; reads no further then. */
async function readBody(request: IncomingMessage): Promise<Bytes | undefined> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, 'application/json', JSON.stringify(body));
}

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type }).end(text);
}

function listOfEndpoints({ methods }: ServerOptions): string {
  const line = ([name, { parameters }]: [string, Method]): string =>
    parameters.length === 0 ? `/${name}` : `/${name}?${parameters.map(([parameter]) => `${parameter}=_`).join('&amp;')}`;
  return `<html><body>Available endpoints:<br>${[...methods].map(line).sort().join('<br>')}</body></html>`;
}
