// Blocks of long ago: many with events at once, and blocks of which no endpoint has the state any more.

import { expect } from 'chai';
import type { VerifiedBlock } from '../../relayer/ethereum/types.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { type EthereumBench, ethereumBench } from '../helpers/ethereum-bench.ts';
import { type FakeBlock, RpcRefusal } from '../helpers/fake-ethereum.ts';
import { pruneState } from '../helpers/pruned-state.ts';
import type { CallFault } from '../helpers/scripted-endpoint.ts';
import { add, NO_EVENTS, remove } from '../helpers/staking-history.ts';

type Logs = readonly Record<string, unknown>[];

const checksOf = (block: VerifiedBlock | undefined) => block?.checks.join(' ');
const drop =
  (which: number): CallFault =>
  async (honest) =>
    ((await honest()) as Logs).filter((_, i) => i !== which);

describe('buried blocks', () => {
  let bench: EthereumBench;
  let busy: FakeBlock[];

  /** Twelve blocks with events, quiet ones between, all of them buried. */
  async function history(): Promise<void> {
    busy = [];
    await bench.chain.mine(3);
    for (let i = 0; i < 12; i++) {
      busy.push(await bench.chain.add({ events: [add('A', BigInt(i) + 10n), remove('A', 1n)] }));
      await bench.chain.mine(2);
    }
    await bench.chain.mine(8);
    await bench.poll();
  }
  const range = () => [(busy[0] as FakeBlock).number, bench.chain.head.number - 6n] as const;
  const read = (before = NO_EVENTS) => bench.view.blocks(...range(), undefined, before);
  const count = (method: string) => bench.endpoint.calls.filter((call) => call === method).length;
  const afters = (blocks: readonly VerifiedBlock[]) => blocks.flatMap(({ after }) => (after === undefined ? [] : [after]));

  afterEach(() => bench.close());

  describe('with their state', () => {
    beforeEach(async () => {
      bench = await ethereumBench({ blocks: 20 });
      await history();
      bench.endpoint.calls.length = 0;
    });

    it('are verified by one range of logs and one proof', async () => {
      const blocks = await read();
      expect(afters(blocks)).to.deep.equal(busy.map(({ after }) => after));
      expect([count('eth_getLogs'), count('eth_getProof')]).to.deep.equal([1, 1]);
      const checks = new Set(blocks.filter(({ logs }) => logs.length > 0).map(checksOf));
      expect([...checks]).to.deep.equal(['header-hash bloom logs fold later-proof']);
    });

    it('need one proof more where the values before are not known', async () => {
      expect(afters(await bench.view.blocks(...range()))).to.deep.equal(busy.map(({ after }) => after));
      expect(count('eth_getProof')).to.equal(2);
    });

    it('are asked for one by one when a log of the range is missing, the last one too', async () => {
      for (const which of [0, 11, 23]) {
        bench.endpoint.onCall('eth_getLogs', drop(which), 1);
        const blocks = await read();
        expect(afters(blocks)).to.deep.equal(busy.map(({ after }) => after));
        expect(checksOf(blocks.find(({ logs }) => logs.length > 0))).to.equal('header-hash bloom logs fold storage-proof');
      }
    });

    it('are asked for in smaller ranges when there are too many results', async () => {
      const most = 7;
      let asked = 0;
      bench.endpoint.onCall('eth_getLogs', async (honest) => {
        asked += 1;
        const logs = (await honest()) as Logs;
        if (logs.length > most) throw new RpcRefusal(-32005, 'query returned more than 7 results');
        return logs;
      });
      expect(afters(await read())).to.deep.equal(busy.map(({ after }) => after));
      expect(asked).to.be.within(6, 30);
      expect(count('eth_getProof')).to.equal(1);
    });

    it('are asked for by hash where ranges are refused', async () => {
      bench.endpoint.onCall('eth_getLogs', (honest, [filter]) => {
        if ('blockHash' in (filter as object)) return honest();
        throw new RpcRefusal(-32601, 'no ranges');
      });
      expect(afters(await read())).to.deep.equal(busy.map(({ after }) => after));
    });

    it('are not asked for by range near the head', async () => {
      await bench.view.blocks(range()[0], bench.chain.head.number, undefined, NO_EVENTS);
      expect(count('eth_getLogs')).to.equal(12);
    });
  });

  it('are looked at twice in a fixed share', async () => {
    for (const [receiptSample, all] of [
      [1, 12],
      [0, 0],
    ] as const) {
      bench = await ethereumBench({ blocks: 20, receiptSample });
      await history();
      const blocks = await read();
      expect(blocks.filter(({ checks }) => checks.includes('receipts-root'))).to.have.length(all);
      expect(afters(blocks)).to.deep.equal(busy.map(({ after }) => after));
      if (all === 0) return;
      const { number } = busy[11] as FakeBlock;
      const [one] = await bench.view.blocks(number, number, undefined, busy[10]?.after);
      expect(checksOf(one)).to.equal('header-hash bloom receipts-root fold storage-proof');
      await bench.close();
    }
  });

  describe('whose state is gone', () => {
    const prune = () => pruneState(bench, 8n);

    beforeEach(async () => {
      bench = await ethereumBench({ blocks: 20 });
      await history();
      // The memory of commitments must not help.
      prune();
    });

    const claim = (block: FakeBlock) => ({ number: block.number, commitment: block.after });

    it('are verified by their receipts and the values before them', async () => {
      const [from] = range();
      const to = (busy[8] as FakeBlock).number;
      const blocks = await bench.view.blocks(from, to, undefined, NO_EVENTS);
      expect(afters(blocks)).to.deep.equal(busy.slice(0, 9).map(({ after }) => after));
      expect(checksOf(blocks.find(({ logs }) => logs.length > 0))).to.equal('header-hash bloom receipts-root fold');
    });

    it('cannot be verified without the values before them', async () => {
      const [from] = range();
      expect(await codeRejected(bench.view.blocks(from, from + 3n))).to.equal('ETH_STATE_UNAVAILABLE');
    });

    it('cannot be verified with false receipts, nor with false values before them', async () => {
      const [from] = range();
      bench.endpoint.onCall('eth_getBlockReceipts', async (honest) => ((await honest()) as unknown[]).slice(1));
      expect(await codeRejected(bench.view.blocks(from, from + 3n, undefined, NO_EVENTS))).to.be.oneOf([
        'ETH_MISMATCH',
        'ETH_RECEIPTS_ROOT',
      ]);
      bench.endpoint.heal();
      prune();
      const other = { nonce: 7n, accumulator: NO_EVENTS.accumulator };
      expect(await codeRejected(bench.view.blocks(from, from + 3n, undefined, other))).to.equal('ETH_FOLD_MISMATCH');
    });

    it('have the values claimed for them when these lead to values that can be proved', async () => {
      for (const block of [busy[0], busy[5]] as FakeBlock[]) {
        expect(await codeRejected(bench.view.commitment(block.hash))).to.equal('ETH_STATE_UNAVAILABLE');
        expect(await bench.view.commitment(block.hash, undefined, claim(block))).to.deep.equal(block.after);
      }
    });

    it('do not have other values, and none by false logs', async () => {
      const block = busy[3] as FakeBlock;
      const commitment = (of: typeof block.after) =>
        bench.view.commitment(block.hash, undefined, { number: block.number, commitment: of });
      for (const wrong of [
        { ...block.after, nonce: block.after.nonce + 1n },
        { ...block.after, nonce: block.after.nonce - 1n },
        { ...block.after, accumulator: (busy[2] as FakeBlock).after.accumulator },
      ])
        expect(await codeRejected(commitment(wrong))).to.equal('ETH_FOLD_MISMATCH');
      bench.endpoint.onCall('eth_getLogs', drop(3));
      expect(await codeRejected(commitment(block.after))).to.equal('ETH_FOLD_MISMATCH');
    });
  });
});
