// The query language, and the index that answers it.

import { expect } from 'chai';
import { type Event, ResponseFinalizeBlock, ResponseInitChain } from 'cosmjs-types/tendermint/abci/types';
import { emptyCommit, makeBlock } from '../../../relayer/engine/chain/block.ts';
import { afterInitChain, genesisState } from '../../../relayer/engine/chain/chain-state.ts';
import { EventIndex, indexWrites } from '../../../relayer/engine/replica/event-index.ts';
import { matches, parseQuery, QuerySyntaxError } from '../../../relayer/engine/replica/event-query.ts';
import { MemoryKeyValue } from '../../../relayer/engine/replica/key-value.ts';
import { testGenesis, testValidators } from '../../helpers/engine-genesis.ts';

describe('engine: queries', () => {
  const attributes = new Map([
    ['tm.event', ['Tx']],
    ['tx.height', ['12']],
    ['app.amount', ['90071992547409931', '3.5', 'none']],
    ['app.name', ["Ann O'Hara and Bob"]],
    ['app.day', ['2026-05-01T10:00:00Z']],
  ]);

  for (const [query, expected] of [
    ["tm.event='Tx'", true],
    ["tm.event = 'NewBlock'", false],
    ["tm.event='Tx' AND tx.height=12", true],
    ["tm.event='Tx' AND tx.height > 12", false],
    ['tx.height >= 12', true],
    ['tx.height <= 12', true],
    ['tx.height<12', false],
    ['tx.height<12.5', true],
    ['app.amount > 90071992547409930', true],
    ['app.amount > 90071992547409931', false],
    ['app.amount = 3.5', true],
    ["app.name CONTAINS 'Bob'", true],
    ["app.name CONTAINS 'Eve'", false],
    ['app.name EXISTS', true],
    ['app.nothing EXISTS', false],
    ["app.nothing = ''", false],
    ['app.day > TIME 2026-05-01T09:00:00Z', true],
    ['app.day < DATE 2026-05-01', false],
    ['app.day = TIME 2026-05-01T10:00:00Z', true],
    ['app.name > TIME 2026-05-01T09:00:00Z', false],
    ['app.name > 3', false],
  ] as const)
    it(`${query} is ${expected}`, () => {
      expect(matches(parseQuery(query), attributes)).to.equal(expected);
    });

  for (const query of [
    '',
    'tm.event',
    "tm.event='Tx",
    "='Tx'",
    "tm.event='Tx' AND",
    "tm.event='Tx' OR tx.height=1",
    "tm.event='Tx' tx.height=1",
    "tx.height > 'x'",
    'app.name CONTAINS 5',
    'a = b',
    'a = 1 AND AND b = 2',
    '\u0000',
    'a ! b',
  ])
    it(`${JSON.stringify(query)} cannot be read`, () => {
      expect(() => parseQuery(query)).to.throw(QuerySyntaxError, /^offset \d+: /);
    });
});

describe('engine: event index', () => {
  const event = (type: string, attributes: Record<string, string>, index = true): Event => ({
    type,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index })),
  });
  const validators = testValidators([1]);
  const state = afterInitChain(genesisState(testGenesis(validators)), ResponseInitChain.fromPartial({}), 1n);
  const db = new MemoryKeyValue();
  const index = new EventIndex(db);
  const search = async (query: string) =>
    (await index.searchTransactions(parseQuery(query))).map(({ height, index: at }) => `${height}/${at}`);

  before(async () => {
    for (const [height, names] of [
      [1n, ['ann', 'bob']],
      [2n, ['ann']],
      [300n, ['cy\u0000x', 'ann']],
    ] as const) {
      const txs = names.map((name, at) => Buffer.from(`${name}${height}${at}`));
      const sealed = makeBlock(
        { ...state, lastHeight: height - 1n, initialHeight: height },
        txs,
        emptyCommit(),
        [],
        new Uint8Array(20),
      );
      const answer = ResponseFinalizeBlock.fromPartial({
        events: [event('rewards', { total: String(height * 10n) })],
        txResults: names.map((name, at) => ({
          events: [
            event('pay', { from: name, to: 'zoe' }),
            event('pay', { from: 'zoe', to: name, '': 'x' }),
            event('hidden', { at: String(at) }, false),
            event('', { x: '1' }),
          ],
        })),
      });
      await db.write(indexWrites(sealed, answer));
    }
  });

  it('finds transactions by attribute, height, hash and any of them together', async () => {
    expect(await search("pay.from='ann'")).to.deep.equal(['1/0', '2/0', '300/1']);
    expect(await search("pay.from='ann' AND tx.height>1")).to.deep.equal(['2/0', '300/1']);
    expect(await search('tx.height=300')).to.deep.equal(['300/0', '300/1']);
    expect(await search('tx.height>=2 AND tx.height<300')).to.deep.equal(['2/0']);
    expect(await search("pay.from CONTAINS 'o'")).to.have.length(5);
    expect(await search("pay.from='cy'")).to.deep.equal([]);
    expect(await search("pay.from CONTAINS 'cy'")).to.deep.equal(['300/0']);
    expect(await search('pay.from EXISTS')).to.have.length(5);
    expect(await search('hidden.at EXISTS')).to.deep.equal([]);
    expect(await search('pay.none EXISTS')).to.deep.equal([]);
  });

  it('wants the conditions on attributes to hold within one event', async () => {
    expect(await search("pay.from='ann' AND pay.to='zoe'")).to.deep.equal(['1/0', '2/0', '300/1']);
    expect(await search("pay.from='ann' AND pay.to='ann'")).to.deep.equal([]);
  });

  it('finds transactions by hash', async () => {
    const { transactionHash } = await import('../../../relayer/engine/replica/chain-events.ts');
    const [ann, bob] = [transactionHash(Buffer.from('ann10')), transactionHash(Buffer.from('bob11'))];
    expect(await search(`tx.hash='${ann}'`)).to.deep.equal(['1/0']);
    expect(await search(`tx.hash='${ann}' AND pay.from='ann'`)).to.deep.equal(['1/0']);
    expect(await search(`tx.hash='${ann}' AND pay.from='bob'`)).to.deep.equal([]);
    expect(await search(`tx.hash='${ann}' AND tx.hash='${bob}'`)).to.deep.equal([]);
    expect(await search("tx.hash='nothing'")).to.deep.equal([]);
    expect(await index.find(new Uint8Array(32))).to.equal(undefined);
  });

  it('finds blocks by height and by the events of the block', async () => {
    const blocks = (query: string) => index.searchBlocks(parseQuery(query));
    expect(await blocks('rewards.total > 15')).to.deep.equal([2n, 300n]);
    expect(await blocks('block.height < 300')).to.deep.equal([1n, 2n]);
    expect(await blocks('block.height = 300 AND rewards.total EXISTS')).to.deep.equal([300n]);
    expect(await blocks("block.height = 300 AND rewards.total = '10'")).to.deep.equal([]);
  });
});
