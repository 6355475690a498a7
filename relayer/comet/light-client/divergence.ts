// Compares a verified block with what a second node (a witness) has at that height. Two blocks of one height, both signed by
// more than 2/3, mean that validators signed twice: then neither is believed, and both headers are shown as evidence.
// Source: CometBFT spec/light-client/detection, light/detector.go at v0.39.

import { type Bytes, equalBytes, to0x, toHex } from '../../lib/bytes.ts';
import { describe, hasCode } from '../../lib/errors.ts';
import { LightError } from './errors.ts';
import { FOR_BLOCK, type LightBlock } from './light-block.ts';
import { LightClient, type LightDeps, type TrustOptions } from './light-client.ts';
import type { LightProvider } from './provider.ts';
import type { VerifiedBlock } from './verify-block.ts';

export interface WitnessDeps extends LightDeps {
  readonly clock: LightDeps['clock'] & { sleep(ms: number, signal?: AbortSignal): Promise<void> };
  readonly signal?: AbortSignal;
}

/** How often a witness that is behind is asked again. */
const POLL_INTERVAL_MS = 250;

/**
 * Passes when `witness` has `block`; waits up to `patienceMs` for a witness that is behind. Throws WITNESS_BEHIND,
 * WITNESS_FAULTY, DIVERGENCE, or what the witness' connection throws.
 */
export async function confirmWith(
  witness: LightProvider,
  block: VerifiedBlock,
  trust: TrustOptions,
  patienceMs: number,
  deps: WitnessDeps,
): Promise<void> {
  await waitFor(witness, block.header.height, patienceMs, deps);
  const shown = await witness.lightBlock(block.header.height);
  if (equalBytes(shown.commit.blockId.hash, block.hash)) return;
  const other = await verifyAnew(witness, block.header.height, trust, deps);
  if (equalBytes(other.hash, block.hash)) return;
  const both = signersOfBoth(block, other).map(to0x);
  throw new LightError(
    'DIVERGENCE',
    `block ${block.header.height} has hash ${to0x(block.hash)}, and at ${witness.name} ${to0x(other.hash)}; each is signed by more than 2/3, both by ${both.join(', ')}`,
    { witness: witness.name, signedBoth: both, blocks: [block, other].map(({ header, commit }) => ({ header, commit })) },
  );
}

async function waitFor(
  witness: LightProvider,
  height: bigint,
  patienceMs: number,
  { clock, signal }: WitnessDeps,
): Promise<void> {
  const giveUpAt = clock.now() + patienceMs;
  for (;;) {
    const latest = await witness.latestHeight();
    if (latest >= height) return;
    if (clock.now() >= giveUpAt)
      throw new LightError('WITNESS_BEHIND', `${witness.name} is at block ${latest}, not yet at ${height}`, {
        witness: witness.name,
      });
    await clock.sleep(POLL_INTERVAL_MS, signal);
  }
}

/** The witness' block by the same rules and from the same trusted block; what does not verify is the witness' fault. */
async function verifyAnew(witness: LightProvider, height: bigint, trust: TrustOptions, deps: LightDeps): Promise<VerifiedBlock> {
  try {
    const client = await LightClient.open(witness, trust, deps);
    return (await client.verify(height)).at(-1) as VerifiedBlock;
  } catch (cause) {
    if (!hasCode(cause) || cause.code === 'PEG_UNREACHABLE' || cause.code === 'HEIGHT_UNAVAILABLE') throw cause;
    throw new LightError(
      'WITNESS_FAULTY',
      `${witness.name} shows another block ${height}, which does not verify: ${describe(cause)}`,
      { witness: witness.name },
      { cause },
    );
  }
}

/** Addresses of the validators whose votes are in both commits. */
export function signersOfBoth(a: LightBlock, b: LightBlock): Bytes[] {
  const signers = ({ commit }: LightBlock) =>
    commit.signatures.filter(({ blockIdFlag }) => (blockIdFlag as number) === FOR_BLOCK).map((vote) => vote.validatorAddress);
  const others = new Set(signers(b).map(toHex));
  return signers(a).filter((address) => others.has(toHex(address)));
}
