// Posts JSON by Node's own HTTP, over connections that stay open between calls. A call by `fetch` takes three times as much
// processor time, which is half a millisecond more.

import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { SendText } from './send-text.ts';

/** A node closes idle connections after ten seconds; ours have gone by then, unless this process had no time to look. */
const IDLE_MS = 4_000;

export interface HttpSender {
  readonly send: SendText;
  /** Closes the connections. */
  close(): void;
}

export function openHttpSender(): HttpSender {
  const plain = new PlainAgent({ keepAlive: true, timeout: IDLE_MS });
  const secure = new SecureAgent({ keepAlive: true, timeout: IDLE_MS });
  const send: SendText = (url, body, signal) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = { method: 'POST', headers, signal };
      const take = (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      };
      const sent = url.startsWith('https:')
        ? secureRequest(url, { ...options, agent: secure }, take)
        : plainRequest(url, { ...options, agent: plain }, take);
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The other side had closed the idle connection. What one sends a node may be sent twice: it knows a transaction again.
        const wasIdle = sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') && !signal.aborted;
        if (wasIdle) send(url, body, signal).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  return {
    send,
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}
