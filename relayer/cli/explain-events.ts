// What `peg explain` reads and shows: the facts of each event from Ethereum and the peg, and the explanation made of them.

import type { CometClient } from '../comet/rpc-client.ts';
import { asData, asObject, asQuantity, quantity } from '../ethereum/fields.ts';
import { openRpc, type Rpc } from '../ethereum/rpc.ts';
import type { Hex } from '../lib/bytes.ts';
import { type EventExplanation, explainEvent, type ObservedEvent } from '../witness/explanation.ts';
import { matureBlock, readPegView } from '../witness/peg-view.ts';
import { applyingTransaction, eventOfNonce, eventsOfTransaction, type Search } from './find-events.ts';

export interface ExplainedEvent {
  readonly event: ObservedEvent;
  readonly explanation: EventExplanation;
  /** Height and time of the peg block that applied it. */
  readonly applied?: { readonly height: number; readonly time: string };
  /** The staker's limit now. */
  readonly orderLimit: number;
  readonly round: bigint;
}

/** `what` is a transaction hash or a nonce. Rejects with the codes of FindErrorCode, and those of the two endpoints. */
export async function explainEvents(
  what: Hex | bigint,
  client: CometClient,
  ethereumUrl: string,
  signal: AbortSignal,
): Promise<readonly ExplainedEvent[]> {
  const rpc = openRpc({ url: ethereumUrl });
  const peg = await readPegView(client, undefined, signal);
  const { stakingContract: contract } = (await client.query('/ethereum', signal)) as { stakingContract: Hex };
  const head = asQuantity(await rpc.call('eth_blockNumber', [], signal), 'eth_blockNumber');
  const { nonce, startBlock } = peg.ethereum;
  const search: Search = { rpc, client, contract, startBlock, applied: { nonce, block: matureBlock(peg) }, head, signal };
  const events = typeof what === 'bigint' ? [await eventOfNonce(what, search)] : await eventsOfTransaction(what, search);
  const validators = (await client.query('/validators', signal)) as Record<Hex, { name: string }>;
  const names = new Map(Object.entries(validators).map(([address, { name }]) => [address as Hex, name] as const));
  return Promise.all(
    events.map(async (event) => {
      const canonicalHash = await hashAt(rpc, event.block, signal);
      const explanation = explainEvent({ event, canonicalHash, head, peg, names });
      const limit = (await client.query(`/limit/${event.staker}`, signal)) as { orderLimit: number };
      const applied = explanation.state === 'applied' ? await whenApplied(client, event.nonce, signal) : undefined;
      return { event, explanation, ...(applied && { applied }), orderLimit: limit.orderLimit, round: peg.round.number };
    }),
  );
}

async function hashAt(rpc: Rpc, block: bigint, signal: AbortSignal): Promise<Hex | undefined> {
  const answer = await rpc.call('eth_getBlockByNumber', [quantity(block), false], signal);
  return answer === null ? undefined : asData(asObject(answer, 'block').hash, 'block.hash', 32);
}

async function whenApplied(client: CometClient, nonce: bigint, signal: AbortSignal): Promise<ExplainedEvent['applied']> {
  const transaction = await applyingTransaction(client, nonce, signal);
  if (transaction === undefined) return undefined;
  const { height, time } = await client.block(BigInt(transaction.height), signal);
  return { height, time };
}

/** For people. */
export function explanationLines({ event, explanation, applied, orderLimit, round }: ExplainedEvent): readonly string[] {
  const { state, reason, next, matureAt, votedBy, notVotedBy, countsFrom } = explanation;
  const done = state === 'applied';
  const voters = done
    ? []
    : [
        `votes      ${list(votedBy)} ${votedBy.length < 2 ? 'has' : 'have'} voted${notVotedBy.length === 0 ? '' : `, ${list(notVotedBy)} not yet`}`,
      ];
  return [
    `event ${event.nonce}: ${event.staker} ${event.kind === 'add' ? 'staked' : 'removed'} ${event.amount} base units`,
    `observed   in Ethereum block ${event.block} (${event.blockHash}), transaction ${event.transactionHash}, log ${event.logIndex}`,
    `mature     from Ethereum block ${matureAt} on`,
    ...voters,
    `${state.padEnd(10)} ${reason}${applied === undefined ? '' : ` since peg block ${applied.height}, ${applied.time}`}`,
    ...(next === undefined ? [] : [`next       ${next}`]),
    `limit      counts from round ${countsFrom.round} on (balances as of block ${countsFrom.startsAt}); the peg is in round ${round}, where ${event.staker} may post ${orderLimit} orders`,
  ];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ');
}

/** For programs: amounts are decimal text, all other integers numbers. */
export function explanationJson({ event, explanation, applied, orderLimit, round }: ExplainedEvent): unknown {
  const { countsFrom, matureAt, ...rest } = explanation;
  return {
    event: { ...event, nonce: Number(event.nonce), amount: event.amount.toString(), block: Number(event.block) },
    ...rest,
    matureAt: Number(matureAt),
    countsFrom: { round: Number(countsFrom.round), startsAt: Number(countsFrom.startsAt) },
    applied: applied ?? null,
    orderLimit,
    round: Number(round),
  };
}
