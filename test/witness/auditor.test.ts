import { expect } from 'chai';
import { EthereumError } from '../../relayer/ethereum/errors.ts';
import type { StakeLog, VerifiedBlock } from '../../relayer/ethereum/types.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { Auditor, type PegLedger } from '../../relayer/witness/auditor.ts';
import { addEvents, type Difference, describeDifferences, type Ledger } from '../../relayer/witness/ledger.ts';

const A: Hex = `0x${'aa'.repeat(20)}`;
const B: Hex = `0x${'bb'.repeat(20)}`;
const START = 100n;
const EMPTY: Ledger = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}`, balances: new Map() };

type Event = Pick<StakeLog, 'kind' | 'staker' | 'amount'>;
const hashOf = (number: bigint): Hex => `0x${number.toString(16).padStart(64, '0')}`;

/** Ethereum with these events by block; `reads` lists the ranges asked for. */
function ethereum(events: Readonly<Record<string, readonly Event[]>>, contractState = true) {
  const reads: string[] = [];
  let ledger = EMPTY;
  const after = new Map<bigint, Ledger>();
  for (let number = START + 1n; number < START + 5_000n; number++) {
    ledger = addEvents(ledger, [{ number, logs: events[number.toString()] ?? [] }]);
    after.set(number, ledger);
  }
  const at = (hash: Hex) => after.get(BigInt(hash)) as Ledger;
  const block = (number: bigint): VerifiedBlock => ({
    header: { number, hash: hashOf(number), parentHash: hashOf(number - 1n) },
    logs: (events[number.toString()] ?? []) as readonly StakeLog[],
    checks: ['header-hash', 'bloom'],
  });
  return {
    reads,
    at: (number: bigint) => after.get(number) as Ledger,
    blocks: async (from: bigint, to: bigint) => {
      reads.push(`${from}-${to}`);
      return Array.from({ length: Number(to - from) + 1 }, (_, index) => block(from + BigInt(index)));
    },
    header: async (number: bigint) => block(number).header,
    commitment: async (hash: Hex) => at(hash),
    stakes: async (hash: Hex, stakers: readonly Hex[]) => {
      if (!contractState) throw new EthereumError('ETH_STATE_UNAVAILABLE', 'pruned');
      return { amounts: stakers.map((staker) => at(hash).balances.get(staker) ?? 0n), proved: true };
    },
  };
}

const add = (staker: Hex, amount: bigint): Event => ({ kind: 'add', staker, amount });
const remove = (staker: Hex, amount: bigint): Event => ({ kind: 'remove', staker, amount });
const HISTORY = { '105': [add(A, 100n), add(B, 7n)], '120': [remove(A, 40n)], '2000': [remove(B, 7n)] };
const pegAt = (ledger: Ledger, block: bigint): PegLedger => ({ ...ledger, pegHeight: 9n, block, blockHash: hashOf(block) });

describe('the audit', () => {
  it('finds nothing where the ledger is the contract’s, and says how it knows', async () => {
    const chain = ethereum(HISTORY);
    const report = await new Auditor(chain, { block: START, ledger: EMPTY }).audit(pegAt(chain.at(120n), 120n));
    expect(report.differences).to.deep.equal([]);
    expect(report).to.deep.include({ events: 3n, nonce: 3n, stakers: 2, staked: 67n, contract: 'proved', block: 120n });
    expect(report.checks).to.deep.equal({ 'header-hash': 20, bloom: 20 });
  });

  it('finds a single base unit, against the events and against the contract', async () => {
    const chain = ethereum(HISTORY);
    const ledger = chain.at(120n);
    const peg = pegAt({ ...ledger, balances: new Map<Hex, bigint>([...ledger.balances, [A, 61n]]) }, 120n);
    const { differences } = await new Auditor(chain, { block: START, ledger: EMPTY }).audit(peg);
    expect(differences).to.deep.equal([
      { of: 'balance', staker: A, peg: '61', other: '60', source: 'events' },
      { of: 'balance', staker: A, peg: '61', other: '60', source: 'contract' },
    ]);
    expect(describeDifferences(differences)[0]).to.equal(`balance of ${A}: the peg has 61, the events add up to 60`);
  });

  it('tells of sixteen differences, and how many more there are', () => {
    const difference = (nonce: number): Difference => ({ of: 'nonce', peg: `${nonce}`, other: '0', source: 'contract' });
    const told = (count: number) => describeDifferences(Array.from({ length: count }, (_, i) => difference(i)));
    expect(told(0)).to.deep.equal([]);
    expect(told(16).at(-1)).to.equal('nonce: the peg has 15, the contract says 0');
    expect(told(16)).to.have.length(16);
    expect(told(20_000)).to.have.length(17);
    expect(told(20_000).at(-1)).to.equal('19984 more differences');
  });

  it('finds an entry that should not be there, one that is missing, a nonce, an accumulator, another hash', async () => {
    const chain = ethereum(HISTORY);
    const peg: PegLedger = {
      pegHeight: 9n,
      block: 120n,
      blockHash: hashOf(999n),
      nonce: 4n,
      accumulator: hashOf(1n),
      balances: new Map<Hex, bigint>([
        [A, 60n],
        [`0x${'cc'.repeat(20)}`, 1n],
      ]),
    };
    const { differences } = await new Auditor(chain, { block: START, ledger: EMPTY }).audit(peg);
    const of = (source: string) => differences.filter((other) => other.source === source).map(({ of }) => of);
    expect(of('chain')).to.deep.equal(['block hash']);
    expect(of('events')).to.deep.equal(['nonce', 'accumulator', 'balance', 'balance']);
    expect(of('contract')).to.deep.equal(of('events'));
  });

  it('goes on from where the last one ended, and begins anew for an older ledger', async () => {
    const chain = ethereum(HISTORY);
    const auditor = new Auditor(chain, { block: START, ledger: EMPTY });
    await auditor.audit(pegAt(chain.at(120n), 120n));
    const progress: string[] = [];
    const later = await auditor.audit(pegAt(chain.at(2_300n), 2_300n), {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(later.differences).to.deep.equal([]);
    expect(chain.reads).to.deep.equal(['101-120', '121-1144', '1145-2168', '2169-2300']);
    expect(progress).to.deep.equal(['1024/2180', '2048/2180', '2180/2180']);
    expect((await auditor.audit(pegAt(chain.at(105n), 105n))).differences).to.deep.equal([]);
    expect(chain.reads.at(-1)).to.equal('101-105');
  });

  for (const corrected of [120n, 130n, 2_300n])
    it(`begins anew when a reorganisation has dropped what it folded, with a ledger corrected at block ${corrected}`, async () => {
      const orphaned = ethereum({ '105': [add(A, 100n)], '115': [add(B, 7n)] });
      const canonical = ethereum({ '105': [add(A, 100n)], '116': [add(A, 1n)] });
      const fork = (number: bigint): Hex => (number < 115n ? hashOf(number) : `0xf0${hashOf(number).slice(4)}`);
      const plain = (hash: Hex): Hex => (hash.startsWith('0xf0') ? `0x00${hash.slice(4)}` : hash);
      const reorganised = {
        ...canonical,
        header: async (number: bigint) => ({ number, hash: fork(number), parentHash: fork(number - 1n) }),
        commitment: (hash: Hex) => canonical.commitment(plain(hash)),
        stakes: (hash: Hex, stakers: readonly Hex[]) => canonical.stakes(plain(hash), stakers),
      };
      const view = { ...orphaned };
      const auditor = new Auditor(view, { block: START, ledger: EMPTY });
      expect((await auditor.audit(pegAt(orphaned.at(120n), 120n))).differences).to.deep.equal([]);
      Object.assign(view, reorganised);
      const peg = { ...pegAt(canonical.at(corrected), corrected), blockHash: fork(corrected) };
      expect((await auditor.audit(peg)).differences).to.deep.equal([]);
    });

  it('reads a long past at once where its events are proved all together', async () => {
    const chain = ethereum(HISTORY);
    const asked: bigint[] = [];
    const eventsSince = async ({ number: since }: { number: bigint }, hash: Hex) => {
      asked.push(since);
      const blocks = Object.entries(HISTORY).filter(([number]) => BigInt(number) > since && BigInt(number) <= BigInt(hash));
      const events = blocks.flatMap(([number, logs]) => logs.map((log) => ({ number: BigInt(number), log: log as StakeLog })));
      return { events, proved: true };
    };
    const auditor = new Auditor({ ...chain, eventsSince }, { block: START, ledger: EMPTY });
    const report = await auditor.audit(pegAt(chain.at(2_300n), 2_300n));
    expect(report.differences).to.deep.equal([]);
    expect(report.checks).to.deep.equal({ logs: 3, fold: 3, 'later-proof': 3 });
    await auditor.audit(pegAt(chain.at(2_310n), 2_310n));
    expect([asked, chain.reads]).to.deep.equal([[START], ['2301-2310']]);
  });

  for (const [why, answer] of [
    ['are not proved', async () => ({ events: [], proved: false })],
    ['do not fold', async () => Promise.reject(new EthereumError('ETH_FOLD_MISMATCH', 'one is missing'))],
  ] as const)
    it(`reads block by block where events of a long past ${why}`, async () => {
      const chain = ethereum(HISTORY);
      const auditor = new Auditor({ ...chain, eventsSince: answer }, { block: START, ledger: EMPTY });
      expect((await auditor.audit(pegAt(chain.at(2_300n), 2_300n))).differences).to.deep.equal([]);
      expect(chain.reads).to.have.length(3);
    });

  it('does without the contract’s books where their state is gone', async () => {
    const chain = ethereum(HISTORY, false);
    const report = await new Auditor(chain, { block: START, ledger: EMPTY }).audit(pegAt(chain.at(120n), 120n));
    expect(report).to.deep.include({ contract: 'unavailable', differences: [] });
  });
});
