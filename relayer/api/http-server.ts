// The fastify server with its limits: time, size, rate, connections. What breaks one of them is answered with a problem
// document where there is still somebody to answer.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import { type FastifyInstance, fastify } from 'fastify';
import { limitConnections } from './connection-limits.ts';
import type { ApiLimits } from './limits.ts';
import { type Problem, problemOf, sendProblem } from './problem.ts';
import { MOST_MESSAGE_BYTES } from './stream-message.ts';

/** Nothing from outside the page itself, and nothing within it that is not a file; `styles` are further sources of style. */
export function contentSecurityPolicy(styles = ''): string {
  return `default-src 'none'; script-src 'self'; style-src 'self'${styles}; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** A server without routes; `dashboard` is a folder served at `/`. */
export async function createHttpServer(limits: ApiLimits, dashboard: string | undefined): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    // Of a connection on which nothing moves: an answer may be worked on, then it has to be taken.
    connectionTimeout: limits.answerTimeoutMs + limits.streamStallMs,
    forceCloseConnections: true,
    http: {
      maxHeaderSize: limits.headerBytes,
      // Node wants no more for the head than for the whole.
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
      connectionsCheckingInterval: 1_000,
    },
    trustProxy: limits.trustedProxies.length > 0 && [...limits.trustedProxies],
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _, reply) => sendProblem(reply, problemOf(error)),
  });
  limitConnections(server.server as Server, limits);
  server.removeContentTypeParser('text/plain');
  await server.register(fastifyRateLimit, { max: limits.requestsPerSecond, timeWindow: 1_000 });
  await server.register(fastifyWebsocket, { options: { maxPayload: MOST_MESSAGE_BYTES } });
  if (dashboard !== undefined) await server.register(fastifyStatic, { root: dashboard, cacheControl: false });
  server.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', contentSecurityPolicy());
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  return server;
}

/** What is not HTTP, too long, or too slow never becomes a request. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  const [status, title] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request'];
  const problem: Problem = { type: 'about:blank', title: `${title}`, status: Number(status), detail: 'the request was not read' };
  const body = JSON.stringify(problem);
  if (socket.writable && error.code !== 'ECONNRESET')
    socket.write(
      `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  socket.destroySoon();
}
