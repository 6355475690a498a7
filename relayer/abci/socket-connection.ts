// One connection of the socket protocol: a request after the other, answered in order. Memory is bounded in both directions:
// nothing is read while answers wait for the client to take them, and a request waits in the kernel until its turn.
// Source: CometBFT spec/abci at v0.38, "Socket protocol"; abci/server/socket_server.go.

import type { Socket } from 'node:net';
import type { Request } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { AnswerBatch } from './answer-batch.ts';
import type { Application } from './application.ts';
import { decodeRequest } from './decode-request.ts';
import { AbciError } from './errors.ts';
import { FrameReader } from './frames.ts';
import { answer } from './socket-calls.ts';

/** What a client may go on sending after it was hung up on, before it is cut off. */
const LINGER_BYTES = 1_048_576;

/** How a connection ended: by the client, by a frame or request that cannot be, by a call that the application rejected. */
export type ConnectionEnd =
  | { readonly by: 'client'; readonly reason: string }
  | { readonly by: 'refusal'; readonly error: AbciError }
  | { readonly by: 'halt'; readonly error: Error };

/** Serves `socket` (of a server with allowHalfOpen) until it ends or must end. Never rejects; then the socket closes by itself. */
export async function serveConnection(socket: Socket, application: Application, maxFrameBytes: number): Promise<ConnectionEnd> {
  const frames = new FrameReader(maxFrameBytes);
  const answers = new AnswerBatch(socket);
  try {
    // Without destroyOnReturn the loop's end would cut off an exception that is still on its way to the client.
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Bytes>) {
      for (const message of frames.push(chunk)) {
        if (socket.destroyed) return { by: 'client', reason: 'the connection was closed' };
        const request = decodeRequest(message);
        await callApplication(application, request, answers);
        if (request.flush !== undefined || answers.full) await answers.write();
      }
      await answers.write();
    }
    socket.end();
    return { by: 'client', reason: frames.unfinished ? 'it ended the connection within a frame' : 'it ended the connection' };
  } catch (error) {
    // The application's wish to be halted counts also when the engine that called has gone.
    if (socket.destroyed) return error instanceof Halt ? faultOf(error)[0] : { by: 'client', reason: describe(error) };
    const [end, told] = faultOf(error as Error);
    if (told) answers.add({ exception: { error: describe(end.error) } });
    hangUp(socket, answers.take());
    return end;
  }
}

/** Carries what the application rejects with past the codes of what is wrong with a request. */
class Halt extends Error {
  readonly reason: Error;

  constructor(reason: unknown) {
    super('the application asked to be halted');
    this.reason = reason instanceof Error ? reason : new Error(describe(reason));
  }
}

/** Adds the answer. Throws Halt when the application rejects, or answers what cannot be sent; ABCI_REQUEST_UNKNOWN. */
async function callApplication(application: Application, request: Request, answers: AnswerBatch): Promise<void> {
  try {
    const response = await answer(application, request);
    if (response !== undefined) return answers.add(response);
  } catch (error) {
    throw new Halt(error);
  }
  throw new AbciError('ABCI_REQUEST_UNKNOWN', 'the request is of no kind that ABCI 2.0 has');
}

/**
 * What the connection ends with, and whether the client is told. Not after a wrong length, where the next frame would begin is
 * unknown; CometBFT's server closes without a word as well.
 */
function faultOf(error: Error): [ConnectionEnd & { readonly error: Error }, boolean] {
  if (error instanceof Halt) return [{ by: 'halt', error: error.reason }, true];
  if (error instanceof AbciError) return [{ by: 'refusal', error }, error.code !== 'ABCI_FRAME_INVALID'];
  return [{ by: 'halt', error }, true];
}

/** Ends our side with `last`, and reads on for a while: closing a socket with unread input would lose what was written. */
function hangUp(socket: Socket, last: Bytes): void {
  socket.end(last);
  let discarded = 0;
  socket.on('data', (chunk: Bytes) => {
    discarded += chunk.length;
    if (discarded > LINGER_BYTES) socket.destroy();
  });
}
