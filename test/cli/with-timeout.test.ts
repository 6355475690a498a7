// The time that a devnet is given: days and months for Ethereum's own blocks, which are more than a timer holds.

import { expect } from 'chai';
import { withTimeout } from '../../relayer/cli/with-timeout.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { failure } from '../helpers/failure.ts';

describe('the time that a devnet is given', () => {
  const never = new AbortController().signal;
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

  it('ends it with where it stands', async () => {
    const error = await failure(withTimeout(20, never, untilAborted, async () => 'at block 7'));
    expect(hasCode(error, 'DEVNET_TIMEOUT') && error.message).to.match(/within 0.02 s: at block 7$/);
  });

  it('may be any number of days', async () => {
    const task = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
    for (const days of [10, 30, 60, 10_000]) await withTimeout(days * 86_400_000, never, withAbort(task), async () => 'nowhere');
  });

  /** The task, unless it is aborted before. */
  const withAbort = (task: () => Promise<void>) => (signal: AbortSignal) => Promise.race([task(), untilAborted(signal)]);

  it('is over when the devnet is told to end', async () => {
    const stop = new AbortController();
    const ended = withTimeout(60_000, stop.signal, untilAborted, async () => 'nowhere');
    stop.abort(new Error('interrupted'));
    expect(await failure(ended)).to.have.property('message', 'interrupted');
  });
});
