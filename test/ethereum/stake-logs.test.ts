import { expect } from 'chai';
import type { Json, JsonObject } from '../../relayer/ethereum/fields.ts';
import { parseStakeLogs } from '../../relayer/ethereum/stake-logs.ts';
import type { Header } from '../../relayer/ethereum/types.ts';
import { codeThrown } from '../helpers/error-code.ts';
import { CONTRACT, FakeEthereum, STRANGER } from '../helpers/fake-ethereum.ts';
import { add, remove, staker } from '../helpers/staking-history.ts';

describe('stake logs', () => {
  let header: Header;
  let logs: readonly JsonObject[];

  before(async () => {
    const chain = await FakeEthereum.start();
    const block = await chain.add({ events: [add('A', 2n ** 256n - 1n), remove('B', 7n), add('A', 1n)] });
    header = { number: block.number, hash: block.hash, parentHash: block.json.parentHash as `0x${string}` };
    logs = block.logs as readonly JsonObject[];
  });

  const parse = (json: Json) => parseStakeLogs(json, header, CONTRACT);
  const withFirst = (change: JsonObject) => codeThrown(() => parse([{ ...logs[0], ...change }, ...logs.slice(1)] as Json));

  it('become events in their order', () => {
    const seen = parse(logs as Json).map(({ kind, staker: who, amount, nonce, logIndex }) => [
      kind,
      who,
      amount,
      nonce,
      logIndex,
    ]);
    expect(seen).to.deep.equal([
      ['add', staker('A'), 2n ** 256n - 1n, 1n, 0],
      ['remove', staker('B'), 7n, 2n, 1],
      ['add', staker('A'), 1n, 3n, 2],
    ]);
    expect(parse([])).to.deep.equal([]);
  });

  it('take addresses in any case and a missing `removed`', () => {
    const { removed: _, ...rest } = logs[0] as JsonObject;
    expect(parse([{ ...rest, address: `0x${CONTRACT.slice(2).toUpperCase()}` }])).to.have.length(1);
  });

  const changes: readonly (readonly [name: string, change: JsonObject, code: string])[] = [
    ['of another block', { blockHash: `0x${'12'.repeat(32)}` }, 'ETH_MISMATCH'],
    ['with another block number', { blockNumber: '0x77' }, 'ETH_MISMATCH'],
    ['with a block number that is not canonical', { blockNumber: '0x02' }, 'ETH_MALFORMED'],
    ['of another contract', { address: STRANGER }, 'ETH_MISMATCH'],
    ['of another event', { topics: [`0x${'12'.repeat(32)}`, `0x${'00'.repeat(32)}`] }, 'ETH_MISMATCH'],
    ['without topics', { topics: [] }, 'ETH_MISMATCH'],
    ['that was removed', { removed: true }, 'ETH_MISMATCH'],
    ['whose `removed` is no boolean', { removed: 'false' }, 'ETH_MISMATCH'],
    ['with data of another length', { data: `0x${'00'.repeat(63)}` }, 'ETH_MALFORMED'],
    ['with an amount and nothing else', { data: `0x${'00'.repeat(32)}` }, 'ETH_MALFORMED'],
    ['out of order', { logIndex: '0x5' }, 'ETH_MISMATCH'],
    ['with the index of the next', { logIndex: '0x1' }, 'ETH_MISMATCH'],
    ['with an index of another form', { logIndex: 0 }, 'ETH_MALFORMED'],
    ['without a transaction hash', { transactionHash: null }, 'ETH_MALFORMED'],
  ];
  for (const [name, change, code] of changes)
    it(`a log ${name}: ${code}`, () => {
      expect(withFirst(change)).to.equal(code);
    });

  it('a staker that is no address, or a topic too many: ETH_MALFORMED', () => {
    const [topic, who] = (logs[0] as JsonObject).topics as readonly [string, string];
    expect(withFirst({ topics: [topic, `0x01${who.slice(4)}`] })).to.equal('ETH_MALFORMED');
    expect(withFirst({ topics: [topic, who, who] })).to.equal('ETH_MALFORMED');
    expect(withFirst({ topics: [topic] })).to.equal('ETH_MALFORMED');
  });

  it('a gap in the nonces, twice the same log, the wrong order: ETH_MISMATCH', () => {
    const [first, second, third] = logs as readonly [JsonObject, JsonObject, JsonObject];
    for (const some of [
      [first, third],
      [first, first],
      [second, first],
      [third, second, first],
    ])
      expect(codeThrown(() => parse(some))).to.equal('ETH_MISMATCH');
    expect(parse([second, third]), 'whether the first is missing only the fold can tell').to.have.length(2);
  });

  it('what is no list of logs: ETH_MALFORMED', () => {
    for (const bad of [null, {}, 'x', [null], ['x'], [[]]])
      expect(codeThrown(() => parse(bad as Json))).to.equal('ETH_MALFORMED');
  });
});
