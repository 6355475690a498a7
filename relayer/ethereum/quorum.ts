// Asks several endpoints the same and waits for enough equal answers, not for the slow ones.

import { groupBy } from './agreement.ts';

export interface Quorum {
  readonly value: string;
  /** How many said it, of how many that had answered by then. */
  readonly agreed: number;
  readonly asked: number;
}

/** What became of asking all of them without a quorum. */
export interface NoQuorum {
  /** By index of the asked; undefined where the request failed. */
  readonly said: readonly (string | undefined)[];
  /** The first failure. */
  readonly error: unknown;
}

/** Resolves as soon as `required` say the same, or when all have answered or failed. Throws only the signal's reason. */
export async function gather(
  asks: readonly ((signal: AbortSignal) => Promise<string>)[],
  required: number,
  signal: AbortSignal,
): Promise<Quorum | NoQuorum> {
  signal.throwIfAborted();
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const said: (string | undefined)[] = asks.map(() => undefined);
  let open = asks.length;
  let failure: unknown;
  try {
    return await new Promise((resolve, reject) => {
      const settle = () => {
        if (signal.aborted) return reject(signal.reason);
        const [first] = groupBy(said);
        if (first !== undefined && first.members.length >= required) {
          const asked = said.filter((value) => value !== undefined).length;
          resolve({ value: first.value, agreed: first.members.length, asked });
        } else if (open === 0) resolve({ said, error: failure });
      };
      for (const [i, ask] of asks.entries()) {
        ask(until).then(
          (value) => {
            said[i] = value;
            open -= 1;
            settle();
          },
          (error: unknown) => {
            failure ??= error;
            open -= 1;
            settle();
          },
        );
      }
      settle();
    });
  } finally {
    over.abort(new Error('enough endpoints have answered'));
  }
}
