// The stretch of Ethereum between the peg's mature block and the newest block that may be voted for, every block linked
// to the one before and its events folded. Pure: reading is done by the chain reader beside it.

import type { VerifiedBlock } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import { foldEvents } from '../peg/fold.ts';
import type { BlockContent, Commitment, StakeEvent } from '../peg/types.ts';
import { type Silence, silence } from './silence.ts';

/** A block as a vote would state it, with what is needed to deliver its events. */
export interface ChainBlock {
  readonly number: bigint;
  readonly content: BlockContent;
  readonly events: readonly StakeEvent[];
  /** The contract's commitment before the block. */
  readonly before: Commitment;
  /** How its content was proved. */
  readonly verification?: Pick<VerifiedBlock, 'checks' | 'agreement'>;
}

/** `blocks` are base + 1, base + 2, … of one branch on top of the block `hash`, after which the contract stood at `commitment`. */
export interface ChainWindow {
  readonly base: bigint;
  readonly hash: Hex;
  readonly commitment: Commitment;
  readonly blocks: readonly ChainBlock[];
}

/** The contract's commitment after a block. */
export function commitmentAfter(block: ChainBlock): Commitment {
  return block.content.after ?? block.before;
}

/** Hash and commitment of the last block (or of the base). */
export function tip(window: ChainWindow): { number: bigint; hash: Hex; commitment: Commitment } {
  const last = window.blocks.at(-1);
  if (last === undefined) return { number: window.base, hash: window.hash, commitment: window.commitment };
  return { number: last.number, hash: last.content.hash, commitment: commitmentAfter(last) };
}

/** The block at a height within the window. */
export function blockAt(window: ChainWindow, number: bigint): ChainBlock | undefined {
  return number > window.base ? window.blocks[Number(number - window.base) - 1] : undefined;
}

/** The same window from a later base on; undefined when it does not reach that block or holds another there. */
export function rebase(window: ChainWindow, base: bigint, hash: Hex): ChainWindow | undefined {
  if (base === window.base) return hash === window.hash ? window : undefined;
  const at = blockAt(window, base);
  if (at === undefined || at.content.hash !== hash) return undefined;
  return { base, hash, commitment: commitmentAfter(at), blocks: window.blocks.slice(Number(base - window.base)) };
}

/** The window up to and including `number`. */
export function cutAfter(window: ChainWindow, number: bigint): ChainWindow {
  const length = number <= window.base ? 0 : Number(number - window.base);
  return length >= window.blocks.length ? window : { ...window, blocks: window.blocks.slice(0, length) };
}

/**
 * Appends blocks that follow the tip, folding each. Stops before the first one that is not linked or does not fold to the
 * contract's own commitment, and says why.
 */
export function extend(window: ChainWindow, more: readonly VerifiedBlock[]): { window: ChainWindow; stop?: Silence } {
  const blocks = [...window.blocks];
  let { number, hash, commitment } = tip(window);
  for (const block of more) {
    if (block.header.number !== number + 1n || block.header.parentHash !== hash)
      return { window: { ...window, blocks }, stop: notLinked(block, hash) };
    const next = foldBlock(commitment, block);
    if (next === undefined) return { window: { ...window, blocks }, stop: notFolded(block, commitment) };
    blocks.push(next);
    ({ number, hash } = block.header);
    commitment = commitmentAfter(next);
  }
  return { window: { ...window, blocks } };
}

/** undefined when the logs do not lead from `before` to the value that the block is verified with. */
function foldBlock(before: Commitment, block: VerifiedBlock): ChainBlock | undefined {
  const { header, logs, after, checks, agreement } = block;
  const { number, hash } = header;
  const verification = { checks, ...(agreement && { agreement }) };
  if (logs.length === 0) return after === undefined ? { number, content: { hash }, events: [], before, verification } : undefined;
  const events = logs.map(({ kind, staker, amount }) => ({ kind, staker, amount }));
  const folded = foldEvents(before, number, events);
  const inTurn = logs.every((log, i) => log.nonce === before.nonce + BigInt(i) + 1n);
  if (!inTurn || after === undefined || folded.nonce !== after.nonce || folded.accumulator !== after.accumulator)
    return undefined;
  return { number, content: { hash, after: folded }, events, before, verification };
}

function notLinked({ header }: VerifiedBlock, expected: Hex): Silence {
  return silence('CHAIN_MOVED', `block ${header.number} (${header.hash}) does not follow ${expected}`, {
    eth_block: header.number,
    hash: header.hash,
    parent_hash: header.parentHash,
    expected_parent: expected,
  });
}

function notFolded({ header, logs, after }: VerifiedBlock, before: Commitment): Silence {
  return silence(
    'FOLD_MISMATCH',
    `the ${logs.length} logs of block ${header.number} (${header.hash}) do not fold to its commitment`,
    {
      eth_block: header.number,
      hash: header.hash,
      nonce_before: before.nonce,
      nonce_after: after?.nonce,
      accumulator_after: after?.accumulator,
    },
  );
}
