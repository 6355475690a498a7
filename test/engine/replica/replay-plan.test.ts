// The table of the handshake.

import { expect } from 'chai';
import { planReplay } from '../../../relayer/engine/replica/replay-plan.ts';
import { CodedError } from '../../../relayer/lib/errors.ts';

describe('engine: replay plan', () => {
  const plan = (app: bigint, state: bigint, store: bigint, base = store === 0n ? 0n : 1n, initial = 1n) =>
    planReplay({ app, state, store, base, initial });

  for (const [what, heights, expected] of [
    ['nothing anywhere', [0n, 0n, 0n], { initChain: true, execute: [], apply: 'none' }],
    ['all at one height', [5n, 5n, 5n], { initChain: false, execute: [], apply: 'none' }],
    ['the application two behind', [3n, 5n, 5n], { initChain: false, execute: [4n, 5n], apply: 'none' }],
    ['the application empty', [0n, 2n, 2n], { initChain: true, execute: [1n, 2n], apply: 'none' }],
    ['a block saved and nothing else', [5n, 5n, 6n], { initChain: false, execute: [], apply: 'execute' }],
    ['a block saved, the application behind', [3n, 5n, 6n], { initChain: false, execute: [4n, 5n], apply: 'execute' }],
    ['a block committed, the state not saved', [6n, 5n, 6n], { initChain: false, execute: [], apply: 'saved-answer' }],
    ['the first block saved', [0n, 0n, 1n], { initChain: true, execute: [], apply: 'execute' }],
    ['the first block of a later height saved', [0n, 0n, 70n, 70n, 70n], { initChain: true, execute: [], apply: 'execute' }],
    [
      'the application just behind the oldest block',
      [3n, 6n, 6n, 4n],
      { initChain: false, execute: [4n, 5n, 6n], apply: 'none' },
    ],
  ] as const)
    it(what, () => {
      const [app, state, store, base, initial] = heights as readonly bigint[];
      expect(plan(app as bigint, state as bigint, store as bigint, base, initial)).to.deep.equal(expected);
    });

  for (const [what, heights, code] of [
    ['the application ahead', [7n, 6n, 6n], 'ENGINE_APPLICATION_AHEAD'],
    ['the application ahead of nothing', [1n, 0n, 0n], 'ENGINE_APPLICATION_AHEAD'],
    ['the application behind the oldest block', [2n, 6n, 6n, 4n], 'ENGINE_APPLICATION_BEHIND'],
    ['the application empty, early blocks gone', [0n, 6n, 6n, 4n], 'ENGINE_APPLICATION_BEHIND'],
    ['the state ahead of the blocks', [3n, 6n, 5n], 'ENGINE_STORE_INVALID'],
    ['the state two behind the blocks', [3n, 3n, 5n], 'ENGINE_STORE_INVALID'],
  ] as const)
    it(`${what}: ${code}`, () => {
      const [app, state, store, base] = heights as readonly bigint[];
      expect(() => plan(app as bigint, state as bigint, store as bigint, base))
        .to.throw(CodedError)
        .with.property('code', code);
    });
});
