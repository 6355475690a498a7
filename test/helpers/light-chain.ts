// Chains of headers and commits for tests of the light client, signed by keys of the test: with any validators at any height
// and any votes, which a real engine would not let happen.

import type { CommitSig, Header } from 'cosmjs-types/tendermint/types/types';
import { BLOCK_PROTOCOL, headerHash } from '../../relayer/abci/chain/header-hash.ts';
import { voteSignBytes } from '../../relayer/abci/chain/sign-bytes.ts';
import { type Time, timeFromMs, ZERO_TIME } from '../../relayer/abci/chain/time.ts';
import { validatorsRoot } from '../../relayer/abci/chain/validators-hash.ts';
import type { LightBlock } from '../../relayer/comet/light-client/light-block.ts';
import type { LightProvider } from '../../relayer/comet/light-client/provider.ts';
import type { ConsensusKey } from '../../relayer/engine/chain/consensus-key.ts';

export interface Member {
  readonly key: ConsensusKey;
  readonly power: bigint;
}

export type Ballot = 'block' | 'nil' | 'absent';

export const CHAIN = 'light-test';
/** Time of block 1; each block is a second later than the one before. */
export const GENESIS_MS = Date.parse('2026-01-01T00:00:00Z');
const BYTES_32 = new Uint8Array(32).fill(7);

/** Signs `header` with the keys of `members`, whatever the header says. */
export function signBlock(header: Header, members: readonly Member[], ballots: readonly Ballot[] = []): LightBlock {
  const { height } = header;
  const round = Number(height % 3n);
  const blockId = { hash: headerHash(header), partSetHeader: { total: 1, hash: BYTES_32 } };
  const signatures = members.map(({ key }, index): CommitSig => {
    const ballot = ballots[index] ?? 'block';
    if (ballot === 'absent')
      return { blockIdFlag: 1, validatorAddress: new Uint8Array(), timestamp: ZERO_TIME, signature: new Uint8Array() };
    const time: Time = { seconds: header.time.seconds + 1n, nanos: index };
    const content = { height, round, blockId: ballot === 'block' ? blockId : undefined, time };
    const signature = key.sign(voteSignBytes(header.chainId, content));
    return { blockIdFlag: ballot === 'block' ? 2 : 3, validatorAddress: key.address, timestamp: time, signature };
  });
  const validators = members.map(({ key, power }) => ({ publicKey: key.publicKey, power }));
  return { header, commit: { height, round, blockId, signatures }, validators };
}

/** Blocks 1, 2, …: `sets[i]` signs block i + 1. `ballots` says who signed what; all sign the block where it says nothing. */
export function lightChain(
  sets: readonly (readonly Member[])[],
  { chainId = CHAIN, ballots = {} }: { chainId?: string; ballots?: Readonly<Record<number, readonly Ballot[]>> } = {},
): readonly LightBlock[] {
  const root = (members: readonly Member[] = []) =>
    validatorsRoot(members.map(({ key, power }) => ({ publicKey: key.publicKey, power })));
  const blocks: LightBlock[] = [];
  for (const [index, members] of sets.entries()) {
    const last = blocks.at(-1)?.commit.blockId;
    const header: Header = {
      version: { block: BLOCK_PROTOCOL, app: 1n },
      chainId,
      height: BigInt(index + 1),
      time: timeFromMs(GENESIS_MS + 1000 * index),
      lastBlockId: last ?? { hash: new Uint8Array(), partSetHeader: { total: 0, hash: new Uint8Array() } },
      lastCommitHash: BYTES_32,
      dataHash: BYTES_32,
      validatorsHash: root(members),
      nextValidatorsHash: root(sets[index + 1] ?? members),
      consensusHash: BYTES_32,
      appHash: Uint8Array.of(index),
      lastResultsHash: BYTES_32,
      evidenceHash: BYTES_32,
      proposerAddress: (members[0] as Member).key.address,
    };
    blocks.push(signBlock(header, members, ballots[index + 1]));
  }
  return blocks;
}

/** A provider of these blocks that counts what it is asked for; it has no state. */
export function chainProvider(blocks: readonly LightBlock[], name = 'test'): LightProvider & { readonly asked: bigint[] } {
  const asked: bigint[] = [];
  return {
    name,
    asked,
    latestHeight: async () => BigInt(blocks.length),
    async lightBlock(height) {
      asked.push(height);
      return blocks[Number(height) - 1] as LightBlock;
    },
    record: () => Promise.reject(new Error('this provider has no state')),
  };
}
