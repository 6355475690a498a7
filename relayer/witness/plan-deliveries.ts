// Which events to deliver now. Every witness could deliver every block; to spare the peg the repetition they take turns,
// and a later one steps in when the ones before it stay away. Pure.

import type { Hex } from '../lib/bytes.ts';
import { foldEvents } from '../peg/fold.ts';
import type { EventsTx } from '../peg/types.ts';
import { isVouchedFor } from '../peg/validator-set.ts';
import type { ChainView } from './chain-reader.ts';
import type { ChainBlock } from './chain-window.ts';
import type { PegView } from './peg-view.ts';
import { sameContent } from './plan-votes.ts';

/** Wait of the k-th witness after the first: k times this. Source: protocol section 6. */
export const DELIVERY_STAGGER_MS = 2_000;

/**
 * Events that surely fit one transaction of 262,144 bytes: at most 57 bytes each (kind 1, address 21, amount 33, list
 * header 2), and the other fields with the signature stay below 200.
 */
export const MAX_EVENTS_A_DELIVERY = 4_500;

/** Deliveries planned at once; the rest follow in the next steps. */
const MAX_DELIVERIES = 16;

/** Since when this witness has seen a content's events missing: `height:accumulator` → milliseconds of its own clock. */
export type MissingSince = ReadonlyMap<string, number>;

/** A block of the own chain whose events the peg still misses. */
export interface MissingBlock {
  readonly key: string;
  readonly block: ChainBlock;
  /** Votes of more than 1/3 of the power name its content: a delivery of it can be accepted. */
  readonly vouchedFor: boolean;
}

/** The blocks with missing events that this witness can vouch for, lowest first. */
export function missingBlocks(peg: PegView, chain: ChainView): readonly MissingBlock[] {
  const missing: MissingBlock[] = [];
  const powers = new Map(peg.validators.map(({ address, power }) => [address, power]));
  const total = sum([...powers.values()]);
  for (const block of chain.blocks) {
    if (block.content.after === undefined) continue;
    const voted = peg.votes.get(block.number)?.find(({ content }) => sameContent(content, block.content));
    if (!voted?.missing) continue;
    const vouchedFor = isVouchedFor(sum(voted.voters.map((voter) => powers.get(voter) ?? 0n)), total);
    missing.push({ key: `${block.number}:${block.content.after.accumulator}`, block, vouchedFor });
  }
  return missing;
}

/** Notes what is newly missing and forgets what is no longer. */
export function noteMissing(since: MissingSince, missing: readonly MissingBlock[], nowMs: number): MissingSince {
  return new Map(missing.map(({ key }) => [key, since.get(key) ?? nowMs]));
}

/**
 * The missing blocks whose turn it is: the k-th validator after position (height mod n) waits k staggers. Of those that are not
 * vouched for only the first: the mempool lets one delivery of a witness wait for votes.
 */
export function deliveriesDue(
  missing: readonly MissingBlock[],
  since: MissingSince,
  validators: readonly { readonly address: Hex }[],
  self: Hex,
  nowMs: number,
): readonly ChainBlock[] {
  const count = BigInt(validators.length);
  const position = BigInt(validators.findIndex(({ address }) => address === self));
  const due = missing.filter(({ key, block }) => {
    const turn = Number((position - (block.number % count) + count) % count);
    return nowMs - (since.get(key) ?? nowMs) >= turn * DELIVERY_STAGGER_MS;
  });
  const first = due.find(({ vouchedFor }) => !vouchedFor);
  const welcome = due.filter((one) => one.vouchedFor || one === first);
  return welcome.slice(0, MAX_DELIVERIES).map(({ block }) => block);
}

function sum(powers: readonly bigint[]): bigint {
  return powers.reduce((total, power) => total + power, 0n);
}

/** True when the block's events need more than one transaction. */
export function needsPieces(block: ChainBlock, maxEvents = MAX_EVENTS_A_DELIVERY): boolean {
  return block.events.length > maxEvents;
}

/** Events start … end − 1 of a block, in log order. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/**
 * The piece to deliver next: the last events that are not on record yet, since each piece is proved by the one after it.
 *
 * @param recordedFrom nonce at which the events on record begin; undefined when none is
 */
export function nextPiece(
  block: ChainBlock,
  recordedFrom: bigint | undefined,
  maxEvents = MAX_EVENTS_A_DELIVERY,
): Piece | undefined {
  const open = recordedFrom === undefined ? block.events.length : Number(recordedFrom - block.before.nonce - 1n);
  const end = Math.min(open, block.events.length);
  return end <= 0 ? undefined : { start: Math.max(0, end - maxEvents), end };
}

/** The transaction that delivers a piece; folds what comes before it. */
export function deliveryOf(block: ChainBlock, { start, end }: Piece): EventsTx {
  const before = foldEvents(block.before, block.number, block.events.slice(0, start));
  return { type: 'events', height: block.number, before, events: block.events.slice(start, end) };
}
