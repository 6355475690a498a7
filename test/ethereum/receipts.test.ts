import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { JsonObject } from '../../relayer/ethereum/fields.ts';
import { parseHeader, type VerifiedHeader } from '../../relayer/ethereum/header.ts';
import { parseReceipts, provenStakeLogs } from '../../relayer/ethereum/receipts.ts';
import { codeRejected, codeThrown } from '../helpers/error-code.ts';
import { CONTRACT, type FakeBlock, FakeEthereum } from '../helpers/fake-ethereum.ts';
import { add, remove, staker } from '../helpers/staking-history.ts';

/** A block of anvil 1.7.1 with transactions of types 0, 1, 2 (with a log), 2 (failed) and 4. */
const TYPED = JSON.parse(readFileSync(new URL('receipts.json', import.meta.url), 'utf8')) as {
  block: JsonObject;
  receipts: readonly JsonObject[];
};

describe('receipts', () => {
  let block: FakeBlock;
  let header: VerifiedHeader;
  let receipts: readonly JsonObject[];

  before(async () => {
    const chain = await FakeEthereum.start();
    block = await chain.add({ strangers: 2, events: [add('A', 5n), remove('A', 3n)] });
    header = parseHeader(block.json as JsonObject);
    receipts = block.receipts as readonly JsonObject[];
  });

  const prove = (json: readonly JsonObject[], of = header) => provenStakeLogs(parseReceipts(json, of), of, CONTRACT);

  it('of all types hash to the root of a real block', async () => {
    const typed = parseHeader(TYPED.block);
    expect(await prove(TYPED.receipts, typed)).to.deep.equal([]);
    for (let i = 0; i < TYPED.receipts.length; i++) {
      const short = TYPED.receipts.filter((_, k) => k !== i).map((receipt, k) => ({ ...receipt, transactionIndex: `0x${k}` }));
      expect(await codeRejected(prove(short, typed)), `without receipt ${i}`).to.equal('ETH_RECEIPTS_ROOT');
    }
  });

  it('prove the events of the contract, and where they stand among the logs of the block', async () => {
    const events = (await prove(receipts)).map(({ kind, staker: who, amount, nonce, logIndex }) => [
      kind,
      who,
      amount,
      nonce,
      logIndex,
    ]);
    expect(events).to.deep.equal([
      ['add', staker('A'), 5n, 1n, 2],
      ['remove', staker('A'), 3n, 2n, 3],
    ]);
  });

  it('of a block before Byzantium hold a state root instead of a status', async () => {
    const json = { ...receipts[0], root: `0x${'ab'.repeat(32)}`, status: null, type: undefined } as unknown as JsonObject;
    const [old] = parseReceipts([json], header);
    const [status] = parseReceipts([{ ...json, status: '0x1', root: null }], header);
    expect(old?.encoded.length).to.equal((status?.encoded.length ?? 0) + 32);
  });

  it('that were changed do not hash to the root', async () => {
    const [first, second] = receipts as readonly [JsonObject, JsonObject];
    const logs = first.logs as readonly JsonObject[];
    const changes: readonly JsonObject[] = [
      { status: '0x0' },
      { type: '0x1' },
      { cumulativeGasUsed: '0x1' },
      { logsBloom: `0x${'00'.repeat(256)}` },
      { logs: logs.slice(1) },
      { logs: [...logs].reverse() },
      { logs: logs.map((log) => ({ ...log, data: `0x${'01'.repeat(64)}` })) },
    ];
    for (const change of changes)
      expect(await codeRejected(prove([{ ...first, ...change }, second]))).to.equal('ETH_RECEIPTS_ROOT');
    expect(await codeRejected(prove([]))).to.equal('ETH_RECEIPTS_ROOT');
  });

  it('of another block or out of order are refused', () => {
    const [first, second] = receipts as readonly [JsonObject, JsonObject];
    expect(codeThrown(() => parseReceipts([{ ...first, blockNumber: '0x99' }], header))).to.equal('ETH_MISMATCH');
    expect(codeThrown(() => parseReceipts([{ ...first, blockHash: `0x${'00'.repeat(32)}` }], header))).to.equal('ETH_MISMATCH');
    expect(codeThrown(() => parseReceipts([second, first], header))).to.equal('ETH_MISMATCH');
    for (const bad of [
      null,
      {},
      [null],
      [{ ...first, logs: null }],
      [{ ...first, cumulativeGasUsed: '0x01' }],
      [{ ...first, transactionHash: '0x' }],
    ])
      expect(codeThrown(() => parseReceipts(bad as never, header))).to.equal('ETH_MALFORMED');
  });
});
