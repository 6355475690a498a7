// How long an answer may take. Fastify has such a limit too, which ends when the body of a request has been read.

import type { FastifyReply } from 'fastify';
import { CodedError } from '../lib/errors.ts';
import type { ApiErrorCode } from './problem.ts';

/**
 * What `work` comes to, or API_TIMEOUT after `timeoutMs`. Its signal is aborted then, and when the client hangs up: what it
 * comes to after that is nobody's concern.
 */
export async function withinAnswerTime<T>(
  { raw }: FastifyReply,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new CodedError<ApiErrorCode>('API_TIMEOUT', `there was no answer within ${timeoutMs} ms`);
      stop.abort(error);
      reject(error);
    }, timeoutMs);
  });
  raw.once('close', () => {
    if (!raw.writableFinished) stop.abort(new Error('the client has gone'));
  });
  try {
    return await Promise.race([work(stop.signal), timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}
