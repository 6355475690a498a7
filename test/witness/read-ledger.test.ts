import { expect } from 'chai';
import { EthereumError } from '../../relayer/ethereum/errors.ts';
import type { StakeLog, VerifiedBlock } from '../../relayer/ethereum/types.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import type { LedgerAt } from '../../relayer/witness/fold-ledger.ts';
import { addEvents, type Ledger } from '../../relayer/witness/ledger.ts';
import { readLedger } from '../../relayer/witness/read-ledger.ts';

const A: Hex = `0x${'aa'.repeat(20)}`;
const B: Hex = `0x${'bb'.repeat(20)}`;
const EMPTY: Ledger = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}`, balances: new Map() };
const START: LedgerAt = { block: 100n, ledger: EMPTY };
const HISTORY = [
  { number: 105n, logs: [log('add', A, 100n), log('add', B, 7n)] },
  { number: 2_000n, logs: [log('remove', A, 40n)] },
];

function log(kind: 'add' | 'remove', staker: Hex, amount: bigint): StakeLog {
  return { kind, staker, amount } as StakeLog;
}

const hashOf = (number: bigint): Hex => `0x${number.toString(16).padStart(64, '0')}`;
const block = (number: bigint): VerifiedBlock => ({
  header: { number, hash: hashOf(number), parentHash: hashOf(number - 1n) },
  logs: HISTORY.find((one) => one.number === number)?.logs ?? [],
  checks: ['bloom'],
});

/** Ethereum with that history; `leaps` says what becomes of the attempt to read it at once. */
function ethereum(leaps: 'proved' | 'unproved' | 'refused') {
  const reads: string[] = [];
  const events = HISTORY.flatMap(({ number, logs }) => logs.map((log) => ({ number, log })));
  return {
    reads,
    header: async (number: bigint) => block(number).header,
    blocks: async (from: bigint, to: bigint) => {
      reads.push(`${from}-${to}`);
      return Array.from({ length: Number(to - from) + 1 }, (_, index) => block(from + BigInt(index)));
    },
    eventsSince: async () => {
      reads.push('at once');
      if (leaps === 'refused') throw new EthereumError('ETH_STATE_UNAVAILABLE', 'pruned');
      return { events, proved: leaps === 'proved' };
    },
  };
}

describe('reading a ledger', () => {
  const wanted = addEvents(EMPTY, HISTORY);

  it('adds events of several blocks as one block after the other', () => {
    expect(wanted).to.deep.include({
      nonce: 3n,
      balances: new Map([
        [A, 60n],
        [B, 7n],
      ]),
    });
    expect(HISTORY.reduce((ledger, one) => addEvents(ledger, [one]), EMPTY)).to.deep.equal(wanted);
    expect(EMPTY.balances.size, 'the one before stays').to.equal(0);
  });

  it('takes a long past at once where that is proved', async () => {
    const view = ethereum('proved');
    const parts: unknown[] = [];
    const progress: bigint[] = [];
    const options = { onPart: (...part: unknown[]) => parts.push(part), onProgress: (done: bigint) => progress.push(done) };
    const read = await readLedger(view, START, 2_300n, options);
    expect(read).to.deep.equal({ block: 2_300n, ledger: wanted });
    expect(view.reads).to.deep.equal(['at once']);
    expect(parts).to.deep.equal([[{ logs: 2, fold: 2, 'later-proof': 2 }, read, hashOf(2_300n)]]);
    expect(progress).to.deep.equal([2_200n]);
  });

  for (const leaps of ['unproved', 'refused'] as const)
    it(`reads block by block where the leap is ${leaps}`, async () => {
      const view = ethereum(leaps);
      const checks: unknown[] = [];
      const read = await readLedger(view, START, 2_300n, { onPart: (counts) => checks.push(counts) });
      expect(read.ledger).to.deep.equal(wanted);
      expect(view.reads).to.deep.equal(['at once', '101-1124', '1125-2148', '2149-2300']);
      expect(checks).to.deep.equal([{ bloom: 1024 }, { bloom: 1024 }, { bloom: 152 }]);
    });

  it('does not leap over a short past', async () => {
    const view = ethereum('proved');
    await readLedger(view, START, 1_124n);
    expect(view.reads).to.deep.equal(['101-1124']);
  });
});
