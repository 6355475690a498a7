import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { encodeRlp, keccak256 } from 'ethers';
import type { JsonObject } from '../../relayer/ethereum/fields.ts';
import { assertLinked, parseHeader, parseHeaderAnswer } from '../../relayer/ethereum/header.ts';
import { codeThrown } from '../helpers/error-code.ts';
import { FakeEthereum, headerFields } from '../helpers/fake-ethereum.ts';

/** Mainnet's first block, and the second block that anvil 1.7.1 makes by the rules of each fork. */
const HEADERS = JSON.parse(readFileSync(new URL('headers.json', import.meta.url), 'utf8')) as Record<string, JsonObject>;
const PRAGUE = HEADERS.prague as JsonObject;
const FORKS = ['mainnet genesis', 'frontier', 'london', 'paris', 'shanghai', 'cancun', 'prague', 'osaka'];

describe('block header', () => {
  it('has a vector for each fork', () => {
    expect(Object.keys(HEADERS)).to.deep.equal(FORKS);
  });

  for (const fork of FORKS)
    it(`hashes as ${fork} does`, () => {
      const json = HEADERS[fork] as JsonObject;
      const header = parseHeader(json);
      expect(header.hash).to.equal(json.hash);
      expect(header.parentHash).to.equal(json.parentHash);
      expect(header.number).to.equal(BigInt(json.number as string));
    });

  const hashed = [
    'parentHash',
    'sha3Uncles',
    'miner',
    'stateRoot',
    'transactionsRoot',
    'receiptsRoot',
    'logsBloom',
    'extraData',
    'mixHash',
    'nonce',
  ];
  const numbers = ['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas', 'blobGasUsed', 'excessBlobGas'];
  const appended = ['withdrawalsRoot', 'parentBeaconBlockRoot', 'requestsHash'];

  it('notices a change of any field', () => {
    for (const name of [...hashed, ...appended]) {
      const value = PRAGUE[name] as string;
      const other = value === '0x' ? '0x01' : `${value.slice(0, -1)}${value.endsWith('7') ? '8' : '7'}`;
      expect(
        codeThrown(() => parseHeader({ ...PRAGUE, [name]: other })),
        name,
      ).to.equal('ETH_HEADER_HASH');
    }
    for (const name of numbers)
      expect(
        codeThrown(() => parseHeader({ ...PRAGUE, [name]: '0x777' })),
        name,
      ).to.equal('ETH_HEADER_HASH');
    expect(codeThrown(() => parseHeader({ ...PRAGUE, hash: `0x${'12'.repeat(32)}` }))).to.equal('ETH_HEADER_HASH');
  });

  it('notices a missing field', () => {
    for (const name of [...hashed, ...numbers.slice(0, 5), 'hash']) {
      const { [name]: _, ...rest } = PRAGUE;
      expect(
        codeThrown(() => parseHeader(rest)),
        name,
      ).to.equal('ETH_MALFORMED');
    }
    for (const name of ['baseFeePerGas', 'withdrawalsRoot']) {
      const { [name]: _, ...rest } = PRAGUE;
      expect(
        codeThrown(() => parseHeader(rest)),
        `${name} with later ones`,
      ).to.equal('ETH_MALFORMED');
    }
    const { requestsHash: _, ...cancun } = PRAGUE;
    expect(codeThrown(() => parseHeader(cancun))).to.equal('ETH_HEADER_HASH');
  });

  it('refuses numbers that are not canonical, and what is no block', () => {
    for (const bad of ['0x02', '0x', 2, '2', '0xZZ'])
      expect(codeThrown(() => parseHeader({ ...PRAGUE, number: bad }))).to.equal('ETH_MALFORMED');
    for (const bad of [null, [], 'x', 7]) expect(codeThrown(() => parseHeader(bad as never))).to.equal('ETH_MALFORMED');
  });

  it('refuses another block than was asked for', () => {
    expect(codeThrown(() => parseHeader(PRAGUE, { number: 3n }))).to.equal('ETH_MISMATCH');
    expect(codeThrown(() => parseHeader(PRAGUE, { hash: `0x${'12'.repeat(32)}` }))).to.equal('ETH_MISMATCH');
    expect(parseHeader(PRAGUE, { number: 2n, hash: PRAGUE.hash as `0x${string}` }).number).to.equal(2n);
  });

  it('says so when a fork has added a field that it does not know', () => {
    const { hash: _, ...rest } = PRAGUE;
    const known = Object.entries(rest).filter(
      ([name]) => !['size', 'totalDifficulty', 'transactions', 'uncles', 'withdrawals'].includes(name),
    );
    const future = { ...Object.fromEntries(known), blockAccessListHash: `0x${'ab'.repeat(32)}` };
    const json = { ...rest, ...future, hash: keccak256(encodeRlp(headerFields(future))) };
    expect(codeThrown(() => parseHeader(json as JsonObject))).to.equal('ETH_HEADER_UNKNOWN_FIELD');
  });

  it('does not mind fields beside the header, as long as the hash is right', () => {
    expect(parseHeader({ ...PRAGUE, author: PRAGUE.miner, l1BlockNumber: '0x1' }).number).to.equal(2n);
  });

  it('takes null for a block that the endpoint does not know', () => {
    for (const asked of [{ number: 5n }, { hash: PRAGUE.hash as `0x${string}` }, {}])
      expect(codeThrown(() => parseHeaderAnswer(null, asked))).to.equal('ETH_BLOCK_UNKNOWN');
    expect(parseHeaderAnswer(PRAGUE, {}).number).to.equal(2n);
  });

  it('is linked only to its parent', async () => {
    const chain = await FakeEthereum.start(3);
    const [one, two, three] = [1n, 2n, 3n].map((n) => parseHeader(chain.at(n)?.json as JsonObject)) as [never, never, never];
    expect(codeThrown(() => assertLinked(one, two))).to.equal('no error');
    expect(codeThrown(() => assertLinked(one, three))).to.equal('ETH_REORGED');
    expect(codeThrown(() => assertLinked(two, one))).to.equal('ETH_REORGED');
  });
});
