// Which blocks a light client asks for: it tries the target first, and when too few of the trusted validators signed that, a
// block half way, and so on. Pure: a generator that names a height and is given the block.
// Source: CometBFT spec/light-client/verification (skipping verification).

import { hasCode } from '../../lib/errors.ts';
import { LightError } from './errors.ts';
import type { LightBlock } from './light-block.ts';
import { type TrustRules, type VerifiedBlock, verifySkipping } from './verify-block.ts';

/**
 * Yields heights, takes the blocks of these heights, returns the blocks that were verified one from the other, the trusted
 * one first, `height` last. At most `mostBlocks` are asked for; with an unchanged set of validators it is one. Throws what
 * `verifySkipping` throws except NOT_ENOUGH_TRUST, and TOO_MANY_BLOCKS.
 */
export function* verifyTowards(
  trusted: VerifiedBlock,
  height: bigint,
  rules: TrustRules,
  mostBlocks: number,
): Generator<bigint, readonly VerifiedBlock[], LightBlock> {
  const trace = [trusted];
  const ahead: LightBlock[] = [];
  let last = trusted;
  let asked = 0;
  let wanted = height;
  while (last.header.height < height) {
    if (ahead.length === 0 || wanted < (ahead.at(-1) as LightBlock).header.height) {
      if (asked++ === mostBlocks)
        throw new LightError(
          'TOO_MANY_BLOCKS',
          `more than ${mostBlocks} blocks lie between ${trusted.header.height} and ${height}: the validators changed too often`,
        );
      const block = yield wanted;
      if (block.header.height !== wanted)
        throw new LightError('HEIGHT_DIFFERS', `asked for block ${wanted}, shown ${block.header.height}`);
      ahead.push(block);
    }
    const next = ahead.at(-1) as LightBlock;
    const verified = tryVerify(last, next, rules);
    if (verified === undefined) {
      wanted = (last.header.height + next.header.height) / 2n;
      continue;
    }
    last = verified;
    trace.push(verified);
    ahead.pop();
    wanted = ahead.at(-1)?.header.height ?? height;
  }
  return trace;
}

/** Undefined when blocks between are needed. */
function tryVerify(trusted: LightBlock, block: LightBlock, rules: TrustRules): VerifiedBlock | undefined {
  try {
    return verifySkipping(trusted, block, rules);
  } catch (error) {
    if (hasCode(error, 'NOT_ENOUGH_TRUST')) return undefined;
    throw error;
  }
}
