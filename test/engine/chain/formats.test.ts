// Time, trees, keys, parameters and genesis: the corners that a healthy chain does not show.

import { expect } from 'chai';
import { ResponseFinalizeBlock, ResponseInitChain } from 'cosmjs-types/tendermint/abci/types';
import { ConsensusParams } from 'cosmjs-types/tendermint/types/params';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import fc from 'fast-check';
import { leafHash, merkleAunts, merkleRoot } from '../../../relayer/abci/chain/merkle.ts';
import { voteSignBytes } from '../../../relayer/abci/chain/sign-bytes.ts';
import { formatTime, nanosOf, parseTime, timeFromMs, timeFromNanos, ZERO_TIME } from '../../../relayer/abci/chain/time.ts';
import type { GenesisDoc } from '../../../relayer/abci/genesis-doc.ts';
import { commitInfo, emptyCommit, makeBlock, misbehaviorOf } from '../../../relayer/engine/chain/block.ts';
import { noBlockId } from '../../../relayer/engine/chain/block-hashes.ts';
import {
  afterBlock,
  afterInitChain,
  genesisState,
  needsProofBlock,
  nextHeight,
} from '../../../relayer/engine/chain/chain-state.ts';
import { readConsensusKey } from '../../../relayer/engine/chain/consensus-key.ts';
import { genesisParams, maxDataBytes, paramsRecord, updateParams } from '../../../relayer/engine/chain/consensus-params.ts';
import { sha256 } from '../../../relayer/engine/chain/sha256.ts';
import { medianTime, voteTime } from '../../../relayer/engine/chain/vote.ts';
import { EngineError } from '../../../relayer/engine/errors.ts';
import { concatBytes } from '../../../relayer/lib/bytes.ts';
import { testGenesis, testValidators } from '../../helpers/engine-genesis.ts';
import { merkleTreeHash } from '../../helpers/light-client.ts';

const codeOf = (task: () => unknown): unknown => {
  try {
    task();
    return 'none';
  } catch (error) {
    return error instanceof EngineError ? error.code : error;
  }
};

describe('engine: formats', () => {
  const validators = testValidators([3, 2, 1]);
  const genesis = testGenesis(validators);
  const state = afterInitChain(genesisState(genesis), ResponseInitChain.fromPartial({ appHash: Uint8Array.of(1) }), 1n);

  it('times go to text and back, to the nanosecond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000n * 10n ** 9n }), (nanos) => {
        const time = timeFromNanos(nanos);
        expect(nanosOf(parseTime(formatTime(time)) ?? ZERO_TIME)).to.equal(nanos);
      }),
    );
    expect(formatTime(ZERO_TIME)).to.equal('0001-01-01T00:00:00Z');
    expect(formatTime(timeFromMs(1_500.25))).to.equal('1970-01-01T00:00:01.50025Z');
    expect(parseTime('2026-01-01T02:00:00.5+02:00')).to.deep.equal(parseTime('2026-01-01T00:00:00.5Z'));
    for (const text of ['yesterday', '2026-13-01T00:00:00Z', '2026-01-01']) expect(parseTime(text)).to.equal(undefined);
  });

  it('trees are those of RFC 6962, and aunts lead to the root', () => {
    const leaves = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(leaves, fc.nat(), (items, pick) => {
        expect(merkleRoot(items)).to.deep.equal(merkleTreeHash(items));
        if (items.length === 0) return;
        const index = pick % items.length;
        const climb = (size: number, at: number, aunts: Uint8Array[], leaf: Uint8Array): Uint8Array => {
          if (size === 1) return leaf;
          let split = 1;
          while (split * 2 < size) split *= 2;
          const aunt = aunts.pop() as Uint8Array;
          return at < split
            ? sha256(Uint8Array.of(1), climb(split, at, aunts, leaf), aunt)
            : sha256(Uint8Array.of(1), aunt, climb(size - split, at - split, aunts, leaf));
        };
        const aunts = merkleAunts(items, index);
        expect(climb(items.length, index, aunts, leafHash(items[index] as Uint8Array))).to.deep.equal(merkleRoot(items));
      }),
    );
  });

  it('keys are read from seed, seed and public key, and PKCS #8; nothing else is a key', () => {
    const { seed, key } = validators[0] as (typeof validators)[number];
    const pkcs8 = concatBytes(Uint8Array.from(Buffer.from('302e020100300506032b657004220420', 'hex')), seed);
    for (const form of [seed, concatBytes(seed, key.publicKey), pkcs8])
      expect(readConsensusKey(form).addressHex).to.equal(key.addressHex);
    expect(codeOf(() => readConsensusKey(new Uint8Array(5)))).to.equal('ENGINE_OPTIONS_INVALID');
    const x25519 = concatBytes(Uint8Array.from(Buffer.from('302e020100300506032b656e04220420', 'hex')), seed);
    expect(codeOf(() => readConsensusKey(x25519))).to.equal('ENGINE_OPTIONS_INVALID');
  });

  it('votes are timed after their block, and the median ignores a minority', () => {
    const block = timeFromMs(5_000);
    expect(voteTime(timeFromMs(1), undefined)).to.deep.equal(timeFromMs(1));
    expect(voteTime(timeFromMs(4_000), block)).to.deep.equal(timeFromMs(5_001));
    expect(voteTime(timeFromMs(6_000), block)).to.deep.equal(timeFromMs(6_000));
    const at = (ms: number, blockIdFlag = BlockIDFlag.BLOCK_ID_FLAG_COMMIT) => ({
      blockIdFlag,
      validatorAddress: new Uint8Array(),
      timestamp: timeFromMs(ms),
      signature: new Uint8Array(),
    });
    const commit = (...signatures: ReturnType<typeof at>[]) => ({ ...emptyCommit(), signatures });
    expect(medianTime(commit(at(100), at(7_000_000), at(90)), state.validators)).to.deep.equal(timeFromMs(100));
    expect(medianTime(commit(at(500), at(90), at(90)), state.validators)).to.deep.equal(timeFromMs(90));
    expect(medianTime(commit(at(1, BlockIDFlag.BLOCK_ID_FLAG_ABSENT), at(90), at(80)), state.validators)).to.deep.equal(
      timeFromMs(80),
    );
    expect(medianTime(commit(), state.validators)).to.deep.equal(ZERO_TIME);
  });

  it('sign bytes of a vote for nothing have no block id', () => {
    const vote = { height: 0n, round: 0, blockId: undefined, time: { seconds: 0n, nanos: 0 } } as const;
    expect(Buffer.from(voteSignBytes('', vote)).toString('hex')).to.equal('0408022a00');
    expect(Buffer.from(voteSignBytes('', { ...vote, blockId: noBlockId() })).toString('hex')).to.equal('080802220212002a00');
  });

  it('genesis is refused with the field named', () => {
    const params = genesis.consensus_params as NonNullable<GenesisDoc['consensus_params']>;
    const [validator] = genesis.validators as [GenesisDoc['validators'][number]];
    const wrong: Partial<GenesisDoc>[] = [
      { genesis_time: 'now' },
      { chain_id: '' },
      { chain_id: 'x'.repeat(51) },
      { initial_height: '0' },
      { app_hash: 'zz' },
      { validators: [] },
      { validators: [{ ...validator, power: '0' }] },
      { validators: [validator, validator] },
      { validators: [{ ...validator, name: '', pub_key: { ...validator.pub_key, value: 'AAAA' } }] },
      { validators: [{ ...validator, pub_key: { ...validator.pub_key, value: 'AAAA' } }] },
      { consensus_params: { ...params, abci: { vote_extensions_enable_height: '5' } } },
      { consensus_params: { ...params, block: { max_bytes: '0', max_gas: '-1' } } },
      { consensus_params: { ...params, block: { max_bytes: '104857601', max_gas: '-1' } } },
      { consensus_params: { ...params, block: { max_bytes: '1000', max_gas: '-2' } } },
      { consensus_params: { ...params, evidence: { ...params.evidence, max_age_num_blocks: '0' } } },
      { consensus_params: { ...params, evidence: { ...params.evidence, max_age_duration: '0' } } },
      { consensus_params: { ...params, evidence: { ...params.evidence, max_bytes: '99999999' } } },
      { consensus_params: { ...params, validator: { pub_key_types: ['secp256k1'] } } },
    ];
    for (const change of wrong)
      expect(
        codeOf(() => genesisState({ ...genesis, ...change })),
        JSON.stringify(change),
      ).to.equal('ENGINE_GENESIS_INVALID');
    const { consensus_params, ...bare } = genesis;
    expect(genesisParams(bare).maxBytes).to.equal(22_020_096n);
    expect(consensus_params).to.equal(params);
  });

  it('parameters change field by field, and only to what CometBFT allows', () => {
    const before = genesisParams(genesis);
    expect(updateParams(before, undefined)).to.equal(before);
    expect(updateParams(before, ConsensusParams.fromPartial({}))).to.deep.equal(before);
    const changed = updateParams(before, {
      block: { maxBytes: -1n, maxGas: 7n },
      evidence: { maxAgeNumBlocks: 1n, maxAgeDuration: { seconds: 2n, nanos: 3 }, maxBytes: 4n },
      validator: { pubKeyTypes: ['ed25519', 'secp256k1'] },
      version: { app: 9n },
    });
    expect(updateParams(before, paramsRecord(changed))).to.deep.equal(changed);
    expect(maxDataBytes(changed, 0, 0)).to.equal(104_857_600n - 731n);
    for (const update of [
      { block: { maxBytes: 0n, maxGas: -1n } },
      { abci: { voteExtensionsEnableHeight: 3n } },
      { validator: { pubKeyTypes: [] } },
    ])
      expect(codeOf(() => updateParams(before, update))).to.equal('ENGINE_APPLICATION_INVALID');
    expect(
      updateParams({ ...before, maxBytes: -1n }, { evidence: { ...paramsRecord(changed).evidence, maxBytes: 99n } as never })
        .evidence.maxBytes,
    ).to.equal(99n);
  });

  it('the application may replace validators and parameters at genesis', () => {
    const only = validators[2] as (typeof validators)[number];
    const response = ResponseInitChain.fromPartial({
      validators: [{ pubKey: { ed25519: only.key.publicKey }, power: 5n }],
      consensusParams: { version: { app: 8n } },
    });
    const replaced = afterInitChain(genesisState({ ...genesis, app_hash: 'AB' }), response, 1n);
    expect([replaced.validators.totalPower, replaced.appVersion, replaced.appHash]).to.deep.equal([5n, 8n, Uint8Array.of(0xab)]);
    const bad = ResponseInitChain.fromPartial({ validators: [{ pubKey: { secp256k1: new Uint8Array(33) }, power: 5n }] });
    expect(codeOf(() => afterInitChain(genesisState(genesis), bad, 1n))).to.equal('ENGINE_APPLICATION_INVALID');
  });

  it('a first block may have any height, and a proof block is due at the start and after a changed app hash', () => {
    const later = { ...state, initialHeight: 50n };
    expect(nextHeight(later)).to.equal(50n);
    const sealed = makeBlock(later, [], emptyCommit(), [], validators[0]?.key.address as Uint8Array);
    const same = afterBlock(later, sealed.block, sealed.id, ResponseFinalizeBlock.fromPartial({ appHash: Uint8Array.of(1) }));
    const other = afterBlock(later, sealed.block, sealed.id, ResponseFinalizeBlock.fromPartial({ appHash: Uint8Array.of(2) }));
    expect([
      needsProofBlock(later, undefined),
      needsProofBlock(same, sealed.block),
      needsProofBlock(other, sealed.block),
    ]).to.deep.equal([true, false, true]);
    expect(nextHeight(same)).to.equal(51n);
    expect(() => commitInfo({ ...emptyCommit(), signatures: new Array(4).fill({}) }, state.validators)).to.throw(RangeError);
    expect(misbehaviorOf([{}])).to.deep.equal([]);
  });
});
