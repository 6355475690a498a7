// What the verification of a commit costs, by the number of validators, with ed25519 in JavaScript (browsers) and by Node's own
// library, and what of it are signatures:
//   node --import tsx bench/light-client/run.ts [VALIDATORS …]
// Both are measured in turn within one process, so that whatever else the machine does falls on both.

import { createHash } from 'node:crypto';
import type { Header } from 'cosmjs-types/tendermint/types/types';
import { BLOCK_PROTOCOL, headerHash } from '../../relayer/abci/chain/header-hash.ts';
import { voteSignBytes } from '../../relayer/abci/chain/sign-bytes.ts';
import { addressOfKey, validatorsRoot } from '../../relayer/abci/chain/validators-hash.ts';
import { verifyEd25519 } from '../../relayer/comet/light-client/ed25519.ts';
import type { LightBlock } from '../../relayer/comet/light-client/light-block.ts';
import { verifyNativeEd25519 } from '../../relayer/comet/light-client/native-ed25519.ts';
import { type VerifySignature, verifyCommit } from '../../relayer/comet/light-client/verify-commit.ts';
import { readConsensusKey } from '../../relayer/engine/chain/consensus-key.ts';

const CHAIN = 'bench';
const ROUNDS = 15;
/** Signatures checked between two looks at the clock of the CPU, which is coarse. */
const AT_A_TIME = 200;
const VERIFIERS: readonly (readonly [string, VerifySignature])[] = [
  ['@noble/curves', verifyEd25519],
  ['node:crypto', verifyNativeEd25519],
  ['no signatures', () => true],
];

/** A block that `n` validators of equal power signed. */
function signedBlock(n: number): LightBlock {
  const keys = Array.from({ length: n }, (_, index) => readConsensusKey(createHash('sha256').update(`${index}`).digest()));
  const validators = keys.map(({ publicKey }) => ({ publicKey, power: 1n }));
  const hash = new Uint8Array(32).fill(1);
  const time = { seconds: 1_800_000_000n, nanos: 5 };
  const header: Header = {
    version: { block: BLOCK_PROTOCOL, app: 1n },
    chainId: CHAIN,
    height: 1000n,
    time,
    lastBlockId: { hash, partSetHeader: { total: 1, hash } },
    lastCommitHash: hash,
    dataHash: hash,
    validatorsHash: validatorsRoot(validators),
    nextValidatorsHash: validatorsRoot(validators),
    consensusHash: hash,
    appHash: hash,
    lastResultsHash: hash,
    evidenceHash: hash,
    proposerAddress: addressOfKey(validators[0]?.publicKey ?? hash),
  };
  const blockId = { hash: headerHash(header), partSetHeader: { total: 1, hash } };
  const message = voteSignBytes(CHAIN, { height: 1000n, round: 0, blockId, time });
  const signatures = keys.map((key) => ({
    blockIdFlag: 2,
    validatorAddress: key.address,
    timestamp: time,
    signature: key.sign(message),
  }));
  return { header, commit: { height: 1000n, round: 0, blockId, signatures }, validators };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Milliseconds of CPU time of the main thread for one verification by each, the median of all rounds. */
function measure(block: LightBlock): readonly number[] {
  const times = Math.ceil(AT_A_TIME / block.validators.length);
  const taken: number[][] = VERIFIERS.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, verify]] of VERIFIERS.entries()) {
      const before = process.threadCpuUsage();
      for (let i = 0; i < times; i++) verifyCommit(block, CHAIN, verify);
      const { user, system } = process.threadCpuUsage(before);
      taken[index]?.push((user + system) / 1000 / times);
    }
  }
  return taken.map(median);
}

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [4, 100];
console.log(['validators', ...VERIFIERS.map(([name]) => `${name}, ms`), 'ratio'].join('  '));
for (const size of sizes) {
  const block = signedBlock(size);
  const ms = measure(block);
  const [slow = 0, fast = 1] = ms;
  console.log([size, ...ms.map((value) => value.toFixed(2)), (slow / fast).toFixed(1)].join('  '));
}
