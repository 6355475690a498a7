// What the peg chain is at: height, round, limits, validators, mempool.

import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { postTotalsDocument, StatusDocument } from '../../client/documents.ts';
import type { CometClient } from '../../comet/rpc-client.ts';
import { metricsOf } from './gauges.ts';

/** The parts of `/validators` that are shown. */
interface ValidatorFacts {
  readonly name: string;
  readonly power: number;
  readonly lastVoted: number;
  readonly witnessedTo: number;
  readonly unvoted: number;
  readonly silentSince: number | null;
}

export interface PegFacts {
  readonly posts: z.infer<typeof postTotalsDocument>;
  readonly validators: readonly ValidatorFacts[];
  /** Motions that are not decided. */
  readonly motions: number;
  readonly mempool: { readonly transactions: number; readonly bytes: number };
}

/** None of it grows with the number of orders. */
export async function readPegFacts(client: CometClient): Promise<PegFacts> {
  const [posts, validators, motions, mempool] = await Promise.all([
    client.query('/posts') as Promise<PegFacts['posts']>,
    client.query('/validators') as Promise<Readonly<Record<string, ValidatorFacts>>>,
    client.query('/motions') as Promise<Readonly<Record<string, { readonly decision: unknown }>>>,
    client.call('num_unconfirmed_txs') as Promise<{ total: string; total_bytes: string }>,
  ]);
  return {
    posts,
    validators: Object.values(validators),
    motions: Object.values(motions).filter(({ decision }) => decision === null).length,
    mempool: { transactions: Number(mempool.total), bytes: Number(mempool.total_bytes) },
  };
}

export function pegMetrics(registry: Registry): (status: StatusDocument, facts: PegFacts) => void {
  const { gauge } = metricsOf(registry);
  const height = gauge('peg_height', 'Last block of the peg chain, whose app hash the node has computed');
  const mature = gauge('peg_ethereum_mature', 'Last final Ethereum block');
  const events = gauge('peg_ethereum_events_applied', 'Nonce of the last stake event applied');
  const round = gauge('peg_round', 'Current round');
  const roundLimit = gauge('peg_round_orders_limit', 'Orders that all limits of the round add up to');
  const roundUsed = gauge('peg_round_orders_used', 'Orders accepted in the round');
  const posters = gauge('peg_round_posters', 'Stakers with a limit in the round');
  const breach = gauge('peg_breach', '1 when the ledger and the contract have parted');
  const orders = gauge('peg_orders_accepted', 'Orders accepted since genesis');
  const motions = gauge('peg_motions_open', 'Motions of the validators that are not decided');
  const power = gauge('peg_validator_power', 'Voting power of a validator', ['validator']);
  const lastVote = gauge('peg_validator_last_vote_height', 'Peg height of the last vote of a validator', ['validator']);
  const witnessed = gauge('peg_validator_witnessed_to', 'Last Ethereum block a validator has voted for', ['validator']);
  const unvoted = gauge('peg_validator_unvoted_blocks', 'Peg blocks from the last vote of a validator to the newest of all', [
    'validator',
  ]);
  const silent = gauge('peg_validator_silent', '1 for a validator that has not voted for long although others have', [
    'validator',
  ]);
  const waiting = gauge('peg_mempool_transactions', 'Transactions that wait for a block');
  const waitingBytes = gauge('peg_mempool_bytes', 'Bytes of the transactions that wait for a block');
  return (status, { posts, validators, motions: openMotions, mempool }) => {
    height.set(status.height);
    if (status.ethereum.matureEthBlock !== null) mature.set(status.ethereum.matureEthBlock);
    events.set(status.ethereum.nonce);
    round.set(status.round.number);
    roundLimit.set(posts.orderLimit);
    roundUsed.set(posts.usage.orders);
    posters.set(posts.posters);
    breach.set(status.ethereum.breach === null ? 0 : 1);
    orders.set(posts.orderCounter);
    motions.set(openMotions);
    for (const metric of [power, lastVote, witnessed, unvoted, silent]) metric.reset();
    for (const validator of validators) {
      const label = { validator: validator.name };
      power.set(label, validator.power);
      lastVote.set(label, validator.lastVoted);
      witnessed.set(label, validator.witnessedTo);
      unvoted.set(label, validator.unvoted);
      silent.set(label, validator.silentSince === null ? 0 : 1);
    }
    waiting.set(mempool.transactions);
    waitingBytes.set(mempool.bytes);
  };
}
