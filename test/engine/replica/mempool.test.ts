// The mempool alone: what it refuses by itself, its cache, its order, its recheck.

import { expect } from 'chai';
import { CheckTxType, ResponseCheckTx } from 'cosmjs-types/tendermint/abci/types';
import { MEMPOOL_LIMITS, Mempool, MempoolRefusal, type MempoolRules } from '../../../relayer/engine/replica/mempool.ts';

const tx = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof MempoolRefusal ? error.message : String(error)),
  );

describe('engine: mempool', () => {
  let asked: [string, CheckTxType][];
  let refuse: (text: string) => boolean;
  let room = { bytes: -1n, gas: -1n };
  const rules: MempoolRules = {
    check: async (bytes, type) => {
      const text = Buffer.from(bytes).toString();
      asked.push([text, type]);
      return ResponseCheckTx.fromPartial({ code: refuse(text) ? 7 : 0, gasWanted: BigInt(bytes.length) });
    },
    room: () => room,
  };
  const make = (limits = {}): Mempool => new Mempool(rules, { ...MEMPOOL_LIMITS, ...limits });
  beforeEach(() => {
    asked = [];
    refuse = () => false;
    room = { bytes: -1n, gas: -1n };
  });

  it('keeps what the application accepts, in order, and gives as much as fits', async () => {
    const pool = make();
    for (const text of ['aaaa', 'bb', 'cccccc']) await pool.add(tx(text));
    expect([pool.size, pool.totalBytes]).to.deep.equal([3, 12]);
    const texts = (txs: readonly Uint8Array[]) => txs.map((bytes) => Buffer.from(bytes).toString());
    expect(texts(pool.reap(-1n, -1n))).to.deep.equal(['aaaa', 'bb', 'cccccc']);
    expect(texts(pool.reap(10n, -1n))).to.deep.equal(['aaaa', 'bb']);
    expect(texts(pool.reap(9n, -1n))).to.deep.equal(['aaaa']);
    expect(texts(pool.reap(-1n, 6n))).to.deep.equal(['aaaa', 'bb']);
    expect(texts(pool.first(1))).to.deep.equal(['aaaa']);
  });

  it('refuses what it knows, what is too large and what it has no room for', async () => {
    const pool = make({ size: 2, maxTxBytes: 5, maxTotalBytes: 8 });
    await pool.add(tx('aa'));
    expect(await refusal(pool.add(tx('aa')))).to.equal('tx already exists in cache');
    expect(await refusal(pool.add(tx('bbbbbb')))).to.equal('Tx too large. Max size is 5, but got 6');
    room = { bytes: 4n, gas: -1n };
    expect(await refusal(pool.add(tx('bbb')))).to.equal('tx size is too big: 5, max: 4');
    room = { bytes: -1n, gas: -1n };
    await pool.add(tx('bb'));
    const full = 'mempool is full: number of txs 2 (max: 2), total txs bytes 4 (max: 8)';
    expect(await refusal(pool.add(tx('cc')))).to.equal(full);
    const bytes = make({ maxTotalBytes: 3 });
    expect(await refusal(bytes.add(tx('dddd')))).to.contain('mempool is full');
    expect(asked).to.have.length(2);
  });

  it('is full also for one that was checked while the last place was taken', async () => {
    const pool = make({ size: 1 });
    const [first, second] = [pool.add(tx('a')), pool.add(tx('b'))];
    expect([await refusal(first), (await refusal(second)).slice(0, 15)]).to.deep.equal(['accepted', 'mempool is full']);
    await pool.exclusive(() => pool.afterBlock([tx('a')], [0]));
    expect(await refusal(pool.add(tx('b')))).to.equal('accepted');
  });

  it('forgets what was refused, so that it may come again', async () => {
    const pool = make();
    refuse = () => true;
    expect((await pool.add(tx('a'))).code).to.equal(7);
    refuse = () => false;
    room = { bytes: -1n, gas: 2n };
    expect((await pool.add(tx('aaa'))).code).to.equal(0);
    expect(pool.size).to.equal(0);
    expect((await pool.add(tx('a'))).code).to.equal(0);
    expect(pool.size).to.equal(1);
  });

  it('drops what a block took, asks again about the rest, and remembers what was executed well', async () => {
    const pool = make();
    for (const text of ['a', 'b', 'c', 'd']) await pool.add(tx(text));
    asked = [];
    refuse = (text) => text === 'c';
    await pool.exclusive(() => pool.afterBlock([tx('a'), tx('b'), tx('elsewhere')], [0, 5, 0]));
    expect(asked).to.deep.equal([
      ['c', CheckTxType.RECHECK],
      ['d', CheckTxType.RECHECK],
    ]);
    expect([pool.size, pool.totalBytes]).to.deep.equal([1, 1]);
    refuse = () => false;
    for (const [text, outcome] of [
      ['a', 'tx already exists in cache'],
      ['elsewhere', 'tx already exists in cache'],
      ['b', 'accepted'],
      ['c', 'accepted'],
    ] as const)
      expect(await refusal(pool.add(tx(text))), text).to.equal(outcome);
  });

  it('remembers only as many as its cache holds', async () => {
    const pool = make({ cacheSize: 2 });
    for (const text of ['a', 'b', 'c']) await pool.add(tx(text));
    await pool.exclusive(() => pool.afterBlock([tx('a'), tx('b'), tx('c')], [0, 0, 0]));
    expect(await refusal(pool.add(tx('a')))).to.equal('accepted');
    expect(await refusal(pool.add(tx('c')))).to.equal('tx already exists in cache');
  });

  it('checks nothing while a block is committed', async () => {
    const pool = make();
    const order: string[] = [];
    const commit = pool.exclusive(async () => {
      await Promise.resolve();
      order.push('committed');
    });
    const added = pool.add(tx('a')).then(() => order.push('checked'));
    await Promise.all([commit, added]);
    expect(order).to.deep.equal(['committed', 'checked']);
  });
});
