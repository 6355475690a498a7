// Room for answers until their clients have taken them. Whoever asks for much on many connections and reads none of it must
// not fill the node's memory. Short answers need no room: they come whatever others do.

import type { ServerResponse } from 'node:http';
import { CodedError } from '../lib/errors.ts';
import type { ApiErrorCode } from './problem.ts';

/** Longest answer that needs no room: as many as there may be connections take as much as all the longer ones. */
const SHORT = 64 * 1_024;
/** Of longer answers, together and to one client; one alone may be of any length. */
const MOST_WAITING = 256 * 2 ** 20;
const MOST_OF_CLIENT = 64 * 2 ** 20;

export class AnswerRoom {
  #waiting = 0;
  readonly #byClient = new Map<string, number>();

  /** Holds room for `length` bytes until `response` was taken or its connection has ended. Throws API_BUSY when there is none. */
  hold(client: string, length: number, response: ServerResponse): void {
    if (length <= SHORT) return;
    const own = this.#byClient.get(client) ?? 0;
    if (exceeds(this.#waiting, length, MOST_WAITING) || exceeds(own, length, MOST_OF_CLIENT))
      throw new CodedError<ApiErrorCode>('API_BUSY', `an answer of ${length} bytes has to wait until others were taken`);
    // Nobody takes an answer whose connection has ended, and nothing would give its room back.
    if (response.closed) return;
    this.#add(client, length);
    response.once('close', () => this.#add(client, -length));
  }

  #add(client: string, length: number): void {
    this.#waiting += length;
    const own = (this.#byClient.get(client) ?? 0) + length;
    if (own === 0) this.#byClient.delete(client);
    else this.#byClient.set(client, own);
  }
}

function exceeds(waiting: number, length: number, most: number): boolean {
  return waiting > 0 && waiting + length > most;
}
