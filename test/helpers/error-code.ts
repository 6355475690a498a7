// The code of the error that something fails with; tests assert codes, not messages.

import { CodedError } from '../../relayer/lib/errors.ts';

/** `no error` when nothing is thrown; the error itself when it has no code. */
export function codeThrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof CodedError ? error.code : error;
  }
  return 'no error';
}

/** The same for a promise. */
export async function codeRejected(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof CodedError ? error.code : error),
  );
}
