// How many orders may be on their way to the node at once. Beyond that the answer is "later", at once: a queue would only make
// everybody wait for what nobody waits for any more.

import { CodedError } from '../lib/errors.ts';
import type { ApiErrorCode } from './problem.ts';

const MOST_AT_ONCE = 1_000;

export class Admission {
  #underway = 0;

  /** Runs the task, or throws API_BUSY. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#underway >= MOST_AT_ONCE)
      throw new CodedError<ApiErrorCode>('API_BUSY', `${MOST_AT_ONCE} orders are being handed in`);
    this.#underway++;
    try {
      return await task();
    } finally {
      this.#underway--;
    }
  }
}
