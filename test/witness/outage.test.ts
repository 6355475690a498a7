// A witness that comes back after so long that no endpoint has the state of the peg's mature block any more.

import { expect } from 'chai';
import { ChainReader } from '../../relayer/witness/chain-reader.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { type EthereumBench, ethereumBench } from '../helpers/ethereum-bench.ts';
import type { FakeBlock } from '../helpers/fake-ethereum.ts';
import { pruneState } from '../helpers/pruned-state.ts';
import { add } from '../helpers/staking-history.ts';

describe('a witness after a long outage', () => {
  let bench: EthereumBench;
  let mature: FakeBlock;

  beforeEach(async () => {
    bench = await ethereumBench({ blocks: 10 });
    const { chain } = bench;
    await chain.add({ events: [add('A', 100n)] });
    mature = await chain.mine(2);
    for (let i = 0; i < 5; i++) {
      await chain.add({ events: [add('B', BigInt(i) + 1n)] });
      await chain.mine(30);
    }
    await bench.poll();
    pruneState(bench, 12n);
  });
  afterEach(() => bench.close());

  const request = (commitment = mature.after) => ({
    base: mature.number,
    hash: mature.hash,
    commitment,
    finalityThreshold: 6n,
    to: mature.number + 256n,
    witnessedTo: mature.number,
  });

  it('votes for every block on top of what the peg holds, once later events have confirmed that', async () => {
    const view = await new ChainReader(bench.view, 'depth').read(request());
    expect(view?.stop).to.equal(undefined);
    expect(view?.base?.commitment).to.deep.equal(mature.after);
    expect(view?.blocks.at(-1)?.number).to.equal(bench.chain.head.number - 6n);
    const events = view?.blocks.filter(({ content }) => content.after !== undefined) ?? [];
    expect(events.map(({ content }) => content.after)).to.deep.equal(
      events.map(({ number }) => (bench.chain.at(number) as FakeBlock).after),
    );
    expect(events[0]?.verification?.checks.join(' ')).to.equal('header-hash bloom receipts-root fold');
    expect(events).to.have.length(5);
  });

  it('is silent, and takes nothing for a breach, where they do not confirm it', async () => {
    const other = { ...mature.after, accumulator: `0x${'12'.repeat(32)}` as const };
    expect(await codeRejected(new ChainReader(bench.view, 'depth').read(request(other)))).to.equal('ETH_FOLD_MISMATCH');
  });
});
