import { expect } from 'chai';
import { EthereumError } from '../../relayer/ethereum/errors.ts';
import type { EthereumView, VerifiedBlock } from '../../relayer/ethereum/types.ts';
import { ChainReader, type ChainRequest } from '../../relayer/witness/chain-reader.ts';
import { add } from '../helpers/staking-history.ts';
import { ModelChain } from '../sim/chain.ts';
import { ModelView } from '../sim/chain-view.ts';

interface Fixture {
  readonly chain: ModelChain;
  readonly view: ModelView;
  readonly reader: ChainReader;
  readonly request: ChainRequest;
}

/** Blocks 100…130 with events in every fifth; x = 6, block 105 is the peg's mature one. */
function fixture(change: (view: ModelView) => Partial<EthereumView> = () => ({})): Fixture {
  const chain = new ModelChain({ genesisNumber: 100n });
  for (let i = 101; i <= 130; i++) chain.mine(i % 5 === 0 ? [add('A', BigInt(i))] : []);
  const view = new ModelView(chain);
  view.follow();
  const faces: EthereumView = {
    head: () => view.head(),
    finalized: () => view.finalized(),
    header: (number) => view.header(number),
    blocks: (from, to) => view.blocks(from, to),
    commitment: (hash) => view.commitment(hash),
    nextHead: (seen, signal) => view.nextHead(seen, signal),
    ...change(view),
  };
  const hash = chain.at(105n)?.header.hash ?? '0x';
  const commitment = chain.at(105n)?.commitment ?? { nonce: 0n, accumulator: '0x' };
  const request = { base: 105n, hash, commitment, finalityThreshold: 6n, to: 361n, witnessedTo: 105n };
  return { chain, view, reader: new ChainReader(faces, 'depth'), request };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('what is read of Ethereum', () => {
  it('nothing before a head is known, and the head alone while it is below the mature block', async () => {
    const none = fixture((view) => ({ head: () => undefined, finalized: () => view.finalized() }));
    expect(await none.reader.read(none.request)).to.equal(undefined);
    const { chain, reader, request } = fixture();
    const view = await reader.read({ ...request, base: 131n });
    expect(view).to.deep.include({ head: chain.head.header, matureHead: 124n, blocks: [] });
    expect(view).not.to.have.property('base');
  });

  it('the blocks after the mature one up to head − x, and never beyond what was asked for', async () => {
    const { reader, request, chain } = fixture();
    const view = await reader.read(request);
    expect(view?.blocks.map(({ number }) => number)).to.deep.equal(Array.from({ length: 19 }, (_, i) => 106n + BigInt(i)));
    expect(view?.base).to.deep.equal({ hash: request.hash, commitment: chain.at(105n)?.commitment });
    const less = await reader.read({ ...request, to: 108n });
    expect(less?.blocks.length).to.equal(3);
  });

  it('no blocks on top of another mature block than the peg’s, or on one less than x deep', async () => {
    const { reader, request } = fixture();
    const other = await reader.read({ ...request, hash: `0x${'11'.repeat(32)}` });
    expect([other?.base, other?.blocks]).to.deep.equal([{ hash: request.hash, commitment: undefined }, []]);
    const shallow = await reader.read({ ...request, finalityThreshold: 26n });
    expect([shallow?.base, shallow?.blocks]).to.deep.equal([{ hash: request.hash, commitment: undefined }, []]);
  });

  it('the lower of the heads before and after the mature block was read counts', async () => {
    let reads = 0;
    const { reader, request } = fixture((view) => ({
      head: () => {
        if (reads++ === 1) view.follow(23n);
        return view.head();
      },
    }));
    expect((await reader.read(request))?.head.number).to.equal(107n);
  });

  it('what a reorg to a lower head put in place while blocks were read is not taken for x deep', async () => {
    const moving = fixture((view) => ({
      blocks: async (from, to) => {
        moving.chain.drop(8);
        moving.chain.mineTo(126n);
        view.follow();
        return view.blocks(from, to);
      },
    }));
    const view = await moving.reader.read({ ...moving.request, witnessedTo: 124n });
    expect(view).to.deep.include({ head: moving.chain.head.header, matureHead: 120n });
    expect(view?.blocks.at(-1)?.content.hash).to.equal(moving.chain.at(120n)?.header.hash);
    expect(view?.above.map(({ number }) => number)).to.deep.equal([121n, 122n, 123n, 124n]);
  });

  it('a head that is gone after the mature block was read is the one before', async () => {
    let reads = 0;
    const { reader, request } = fixture((view) => ({ head: () => (reads++ === 0 ? view.head() : undefined) }));
    expect((await reader.read(request))?.head.number).to.equal(130n);
  });

  it('after a reorg the common part is kept and only what follows is read again', async () => {
    for (const depth of [1, 3, 7, 12, 24]) {
      const asked: bigint[] = [];
      const { chain, view, reader, request } = fixture((inner) => ({
        blocks: (from, to) => {
          asked.push(from);
          return inner.blocks(from, to);
        },
      }));
      await reader.read(request);
      chain.drop(depth);
      for (let i = 0; i < depth + 2; i++) chain.mine(i === 1 ? [add('B', 1n)] : []);
      view.follow();
      const after = await reader.read(request);
      expect(after?.blocks.map(({ content }) => content.hash)).to.deep.equal(
        Array.from({ length: 21 }, (_, i) => chain.at(106n + BigInt(i))?.header.hash),
      );
      expect(asked).to.deep.equal([106n, depth > 6 ? 131n - BigInt(depth) : 125n]);
    }
  });

  it('headers where votes stand although nothing is mature there', async () => {
    const { chain, view, reader, request } = fixture();
    chain.drop(20);
    chain.mineTo(113n);
    view.follow();
    const read = await reader.read({ ...request, witnessedTo: 124n });
    expect(read?.blocks.map(({ number }) => number)).to.deep.equal([106n, 107n]);
    expect(read?.above.map(({ number }) => number)).to.deep.equal([108n, 109n, 110n, 111n, 112n, 113n]);
  });

  it('a block whose logs do not fold ends what is read', async () => {
    const spoil = ({ logs, ...block }: VerifiedBlock): VerifiedBlock => {
      return block.header.number === 115n ? { ...block, logs: logs.map((log) => ({ ...log, amount: 1n })) } : { ...block, logs };
    };
    const { reader, request } = fixture((view) => ({
      blocks: async (from, to) => (await view.blocks(from, to)).map(spoil),
    }));
    const view = await reader.read(request);
    expect(view?.blocks.at(-1)?.number).to.equal(114n);
    expect(view?.stop?.code).to.equal('FOLD_MISMATCH');
  });

  it('a block that cannot be verified ends it as well; what is no block’s fault is thrown', async () => {
    for (const [code, stops] of [
      ['ETH_RECEIPTS_ROOT', true],
      ['ETH_STATE_UNAVAILABLE', true],
      ['ETH_TIMEOUT', false],
      ['ETH_REORGED', false],
    ] as const) {
      const { reader, request } = fixture((view) => ({
        blocks: (from, to) => {
          if (from <= 117n && 117n <= to) return Promise.reject(new EthereumError(code, 'no', { from, to }));
          return view.blocks(from, to);
        },
      }));
      if (!stops) {
        expect(await failure(reader.read(request))).to.have.property('code', code);
        continue;
      }
      const view = await reader.read(request);
      expect(view?.blocks.at(-1)?.number).to.equal(116n);
      expect(view?.stop).to.deep.include({ code: 'BLOCK_UNVERIFIED' });
      expect(view?.stop?.data).to.deep.include({ error: code, eth_block: 117n });
    }
  });
});
