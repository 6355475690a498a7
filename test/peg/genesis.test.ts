import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { parseAppState, writeGenesis } from '../../relayer/peg/genesis.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { balanceTable, contractCell, ethereumCell, paramsCell, roundCell, validatorTable } from '../../relayer/peg/tables.ts';
import type { ConsensusValidator } from '../../relayer/peg/types.ts';
import { MemoryState } from '../helpers/memory-state.ts';

const address = (byte: string): Hex => `0x${byte.repeat(20)}`;
const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;
const ZERO_HASH = hash('00');

type Fields = Record<string, unknown>;
interface Genesis extends Fields {
  ethereum: Fields;
  consensusParams: Fields;
  witnesses: Record<string, unknown>;
  snapshot?: Fields;
}

function genesis(): Genesis {
  return {
    ethereum: { chainId: 31337, stakingContract: address('c0'), startBlock: 100, startBlockHash: hash('5a') },
    consensusParams: { finalityThreshold: 6, periodLength: 20, periodLimit: 75_000, maxOrderBytes: 8192 },
    witnesses: {
      [address('a1')]: { witness: address('b1'), name: 'alpha' },
      [address('a2')]: { witness: address('b2'), name: 'beta' },
    },
  };
}

const VALIDATORS: readonly ConsensusValidator[] = [
  { address: address('a1'), publicKey: new Uint8Array(32).fill(1), power: 10n },
  { address: address('a2'), publicKey: new Uint8Array(32).fill(2), power: 1n },
];
const snapshot = (): Fields => ({ nonce: 5, accumulator: hash('ac'), balances: { [address('51')]: '7' } });

/** Name of the field that is complained about. */
function complaint(run: () => unknown): unknown {
  try {
    run();
    return 'nothing';
  } catch (error) {
    if (!hasCode(error, 'GENESIS_INVALID')) throw error;
    expect(error.message).to.include(String(error.data.field));
    return error.data.field;
  }
}

const changed = (change: (value: Genesis) => void) => {
  const value = genesis();
  change(value);
  return complaint(() => parseAppState(value));
};

describe('genesis', () => {
  it('reads numbers and decimal text, and addresses in either case', () => {
    const value = genesis();
    value.ethereum = { ...value.ethereum, chainId: '31337', startBlock: '0', stakingContract: `0x${'C0'.repeat(20)}` };
    value.witnesses = { [`0x${'A1'.repeat(20)}`]: { witness: `0x${'B1'.repeat(20)}`, name: 'alpha' } };
    value.snapshot = { ...snapshot(), nonce: '5', balances: { [`0x${'5F'.repeat(20)}`]: String(2n ** 256n - 1n) } };
    expect(parseAppState(value)).to.deep.equal({
      ethereum: { chainId: 31337n, stakingContract: address('c0'), startBlock: 0n, startBlockHash: hash('5a') },
      consensusParams: { finalityThreshold: 6n, periodLength: 20n, periodLimit: 75_000n, maxOrderBytes: 8192n },
      witnesses: new Map([[address('a1'), { witness: address('b1'), name: 'alpha' }]]),
      snapshot: { nonce: 5n, accumulator: hash('ac'), balances: new Map([[address('5f'), 2n ** 256n - 1n]]) },
    });
  });

  it('takes the edges of every range and nothing beyond them', () => {
    const ranges: readonly (readonly [section: 'ethereum' | 'consensusParams', name: string, least: bigint, most: bigint])[] = [
      ['consensusParams', 'finalityThreshold', 1n, 10_000n],
      ['consensusParams', 'periodLength', 1n, 1_000_000n],
      ['consensusParams', 'periodLimit', 1n, 2n ** 53n - 1n],
      ['consensusParams', 'maxOrderBytes', 1n, 131_072n],
      ['ethereum', 'chainId', 1n, 2n ** 53n - 1n],
      ['ethereum', 'startBlock', 0n, 2n ** 53n - 1n],
    ];
    for (const [section, name, least, most] of ranges) {
      for (const good of [least, most]) expect(changed((value) => (value[section][name] = Number(good)))).to.equal('nothing');
      for (const bad of [least - 1n, most + 1n])
        expect(
          changed((value) => (value[section][name] = String(bad))),
          `${name} ${bad}`,
        ).to.equal(`${section}.${name}`);
    }
  });

  it('names what is not an integer, not hex, missing or unknown', () => {
    const wrong: readonly (readonly [field: string, change: (value: Genesis) => void])[] = [
      ['consensusParams.periodLength', (value) => (value.consensusParams.periodLength = 1.5)],
      ['consensusParams.periodLength', (value) => (value.consensusParams.periodLength = '020')],
      ['consensusParams.periodLength', (value) => (value.consensusParams.periodLength = null)],
      ['consensusParams.periodLength', (value) => delete value.consensusParams.periodLength],
      ['consensusParams.confirmationThreshold', (value) => (value.consensusParams.confirmationThreshold = 3)],
      ['app_state.extra', (value) => (value.extra = {})],
      ['app_state.witnesses', (value) => delete (value as Fields).witnesses],
      ['ethereum', (value) => ((value as Fields).ethereum = [])],
      ['ethereum.stakingContract', (value) => (value.ethereum.stakingContract = address('00'))],
      ['ethereum.stakingContract', (value) => (value.ethereum.stakingContract = 'c0'.repeat(20))],
      ['ethereum.stakingContract', (value) => (value.ethereum.stakingContract = 7)],
      ['ethereum.startBlockHash', (value) => (value.ethereum.startBlockHash = '0x5a')],
      ['witnesses', (value) => ((value as Fields).witnesses = null)],
      ['witnesses.V1', (value) => (value.witnesses.V1 = { witness: address('b3'), name: 'gamma' })],
      [`witnesses.${address('a2')}`, (value) => (value.witnesses[address('a2')] = 'beta')],
      [
        `witnesses.${address('a2')}.key`,
        (value) => (value.witnesses[address('a2')] = { witness: address('b3'), name: 'x', key: 1 }),
      ],
      [`witnesses.${address('a2')}.name`, (value) => (value.witnesses[address('a2')] = { witness: address('b3'), name: '' })],
      [`witnesses.${address('a2')}.name`, (value) => (value.witnesses[address('a2')] = { witness: address('b3'), name: 5 })],
      [
        `witnesses.${address('a2')}.name`,
        (value) => (value.witnesses[address('a2')] = { witness: address('b3'), name: 'x'.repeat(71) }),
      ],
      [`witnesses.${address('a2')}.witness`, (value) => (value.witnesses[address('a2')] = { witness: address('b1'), name: 'x' })],
      [`witnesses.${address('a2')}.witness`, (value) => (value.witnesses[address('a2')] = { witness: address('00'), name: 'x' })],
      [
        `witnesses.0x${'A1'.repeat(20)}`,
        (value) => (value.witnesses[`0x${'A1'.repeat(20)}`] = { witness: address('b3'), name: 'x' }),
      ],
      ['snapshot', (value) => ((value as Fields).snapshot = null)],
      ['snapshot.nonce', (value) => (value.snapshot = { ...snapshot(), nonce: -1 })],
      ['snapshot.accumulator', (value) => (value.snapshot = { ...snapshot(), accumulator: hash('zz') })],
      [`snapshot.balances.${address('51')}`, (value) => (value.snapshot = { ...snapshot(), balances: { [address('51')]: '0' } })],
      [`snapshot.balances.${address('51')}`, (value) => (value.snapshot = { ...snapshot(), balances: { [address('51')]: 7 } })],
      [
        `snapshot.balances.0x${'AB'.repeat(20)}`,
        (value) => (value.snapshot = { ...snapshot(), balances: { [address('ab')]: '1', [`0x${'AB'.repeat(20)}`]: '1' } }),
      ],
    ];
    for (const [field, change] of wrong) expect(changed(change)).to.equal(field);
    for (const value of [null, 5, 'text', [], undefined]) expect(complaint(() => parseAppState(value))).to.equal('app_state');
  });

  it('wants validators and witnesses to pair off', () => {
    const write = (value: Genesis, validators: readonly ConsensusValidator[]) =>
      complaint(() => writeGenesis(new Overlay(new MemoryState()), parseAppState(value), validators));
    const [first, second] = VALIDATORS as [ConsensusValidator, ConsensusValidator];
    expect(write(genesis(), VALIDATORS)).to.equal('nothing');
    expect(write(genesis(), [])).to.equal('validators');
    expect(write(genesis(), [first])).to.equal(`witnesses.${address('a2')}`);
    expect(write(genesis(), [first, second, { ...first, address: address('a3') }])).to.equal(`witnesses.${address('a3')}`);
    expect(write(genesis(), [first, second, first])).to.equal(`validators.${address('a1')}`);
    for (const power of [0n, -1n, 2n ** 63n])
      expect(write(genesis(), [first, { ...second, power }])).to.equal(`validators.${address('a2')}`);
    const overlapping = genesis();
    overlapping.witnesses[address('a2')] = { witness: address('a1'), name: 'beta' };
    expect(write(overlapping, VALIDATORS)).to.equal(`witnesses.${address('a2')}.witness`);
  });

  it('writes the first state', () => {
    for (const withSnapshot of [false, true]) {
      const state = new Overlay(new MemoryState());
      writeGenesis(state, parseAppState(withSnapshot ? { ...genesis(), snapshot: snapshot() } : genesis()), VALIDATORS);
      expect(contractCell.read(state).startBlock).to.equal(100n);
      expect(paramsCell.read(state).periodLimit).to.equal(75_000n);
      expect(roundCell.read(state)).to.deep.equal({ number: 0n, startsAt: 0n, endsAt: 0n, limit: 0n });
      expect(ethereumCell.read(state)).to.deep.equal({
        nonce: withSnapshot ? 5n : 0n,
        accumulator: withSnapshot ? hash('ac') : ZERO_HASH,
        matureBlock: undefined,
        matureBlockHash: hash('5a'),
      });
      expect([...balanceTable.entries(state)]).to.deep.equal(withSnapshot ? [[address('51'), 7n]] : []);
      expect(
        [...validatorTable.entries(state)].map(([who, { power, witness, name, witnessedTo }]) => [
          who,
          power,
          witness,
          name,
          witnessedTo,
        ]),
      ).to.deep.equal([
        [address('a1'), 10n, address('b1'), 'alpha', 100n],
        [address('a2'), 1n, address('b2'), 'beta', 100n],
      ]);
    }
  });

  it('gives the same state whatever the order of its keys', () => {
    const entries = (value: Genesis, validators: typeof VALIDATORS) => {
      const state = new MemoryState();
      const overlay = new Overlay(state);
      writeGenesis(overlay, parseAppState(value), validators);
      state.apply(overlay.changes());
      return state.hash();
    };
    const turned = Object.fromEntries(Object.entries(genesis()).reverse()) as Genesis;
    turned.witnesses = Object.fromEntries(Object.entries(turned.witnesses).reverse());
    expect(entries(turned, VALIDATORS.toReversed())).to.equal(entries(genesis(), VALIDATORS));
  });
});
