// The state as JSON, in the seed's names and shapes: amounts are decimal text, all other integers numbers, addresses and hashes
// lower-case hex. For people and programs; nothing here is hashed.

import { type Hex, to0x } from '../lib/bytes.ts';
import { suffixEvents, suffixStart } from './deliveries.ts';
import type { Json } from './json.ts';
import { contestsView, motionsView } from './motion-views.ts';
import { usageOf } from './posts.ts';
import {
  type BreachEvidence,
  balanceTable,
  breachCell,
  contractCell,
  ethereumCell,
  finalTable,
  lastEventCell,
  limitTable,
  matureOf,
  orderCounterCell,
  orderIdTable,
  paramsCell,
  roundCell,
  usageTable,
  validatorTable,
} from './tables.ts';
import type { Commitment, Limit, Round, StateReader } from './types.ts';
import { quorumThreshold, readValidatorSet, type ValidatorSet } from './validator-set.ts';
import { allVotes, type Tally, tally } from './votes.ts';
import { type Voting, votingOf } from './voting.ts';
import { witnessedTo } from './witness-votes.ts';

export type { Json } from './json.ts';

/** An object whose keys are in ascending order of `entries`. */
const object = (entries: Iterable<readonly [string, Json]>): Json => Object.fromEntries(entries);

export function roundView({ number, startsAt, endsAt, limit }: Round): Json {
  return { number: Number(number), startsAt: Number(startsAt), endsAt: Number(endsAt), limit: Number(limit) };
}

export function limitView({ orderLimit, streamLimit }: Limit): { readonly [key: string]: Json } {
  return { orderLimit: Number(orderLimit), streamLimit: Number(streamLimit) };
}

export function usageView(state: StateReader, poster: Hex): Json {
  const { orders, streams } = usageOf(state, poster);
  return { orders: Number(orders), streams: Number(streams) };
}

/** Orders and streams as sums: of all posters in the round, and since genesis. */
export function postsView(state: StateReader): Json {
  let [posters, orderLimit, orders, streams] = [0, 0n, 0n, 0n];
  for (const [, limit] of limitTable.entries(state)) {
    posters += 1;
    orderLimit += limit.orderLimit;
  }
  for (const [, usage] of usageTable.entries(state)) {
    orders += usage.orders;
    streams += usage.streams;
  }
  const orderCounter = Number(orderCounterCell.read(state));
  return { posters, orderLimit: Number(orderLimit), usage: { orders: Number(orders), streams: Number(streams) }, orderCounter };
}

export function paramsView(state: StateReader): Json {
  const params = paramsCell.read(state);
  const { totalPower } = readValidatorSet(state);
  return {
    finalityThreshold: Number(params.finalityThreshold),
    periodLength: Number(params.periodLength),
    periodLimit: Number(params.periodLimit),
    maxOrderBytes: Number(params.maxOrderBytes),
    confirmationThreshold: Number(quorumThreshold(totalPower)),
  };
}

export function validatorsView(state: StateReader): Json {
  const mature = matureOf(state);
  const validators = [...validatorTable.entries(state)];
  const voting = votingOf(validators.map(([, validator]) => validator));
  return object(
    validators.map(([address, validator], index) => [
      address,
      {
        power: Number(validator.power),
        active: validator.active,
        witness: validator.witness,
        name: validator.name,
        lastProposed: Number(validator.lastProposed),
        lastVoted: Number(validator.lastVoted),
        totalVotes: Number(validator.totalVotes),
        sequence: Number(validator.sequence),
        witnessedTo: Number(witnessedTo(validator, mature)),
        revisions: Number(validator.revisions),
        publicKey: to0x(validator.publicKey),
        governSequence: Number(validator.governSequence),
        ...votingView(voting[index] as Voting),
      },
    ]),
  );
}

function votingView({ unvoted, silentSince }: Voting): { readonly [key: string]: Json } {
  return { unvoted: Number(unvoted), silentSince: silentSince === undefined ? null : Number(silentSince) };
}

/** Every content with votes, strongest first, by Ethereum height. */
export function votesView(state: StateReader): Json {
  const lastNonce = new Map<Hex, bigint>();
  return object(
    tallies(state, readValidatorSet(state)).map(([height, contents]) => [
      height.toString(),
      contents.map(({ content: { hash, after }, conf, power, voters }) => {
        const missing = after !== undefined && isMissing(state, height, after, lastNonce.get(voters[0] as Hex));
        if (after !== undefined) for (const voter of voters) lastNonce.set(voter, after.nonce);
        return {
          hash,
          nonce: after === undefined ? null : Number(after.nonce),
          accumulator: after?.accumulator ?? null,
          conf,
          power: Number(power),
          voters,
          missing,
        };
      }),
    ]),
  );
}

/** The events on record behind the strongest delivered content of each height, by nonce. */
export function eventsView(state: StateReader): Json {
  const pending: [string, Json][] = [];
  for (const [height, contents] of tallies(state, readValidatorSet(state))) {
    const strongest = contents.find(
      ({ content: { after } }) => after !== undefined && suffixStart(state, height, after) !== undefined,
    );
    const accumulator = strongest?.content.after?.accumulator;
    if (strongest === undefined || accumulator === undefined) continue;
    const { conf, power } = strongest;
    const events = [...suffixEvents(state, height, accumulator)].map(([nonce, { staker, kind, amount }]): [string, Json] => [
      nonce.toString(),
      { staker, type: kind, amount: amount.toString(), conf, power: Number(power) },
    ]);
    pending.push([height.toString(), object(events)]);
  }
  return object(pending);
}

export function ethereumView(state: StateReader): { readonly [key: string]: Json } {
  const { nonce, accumulator, matureBlock, matureBlockHash } = ethereumCell.read(state);
  const { chainId, stakingContract, startBlock, startBlockHash } = contractCell.read(state);
  return {
    nonce: Number(nonce),
    accumulator,
    matureEthBlock: matureBlock === undefined ? null : Number(matureBlock),
    matureBlockHash,
    startBlock: Number(startBlock),
    startBlockHash,
    chainId: Number(chainId),
    stakingContract,
    breach: breachView(state),
  };
}

export function breachView(state: StateReader): Json {
  const breach = breachCell.get(state);
  return breach === undefined
    ? null
    : { height: Number(breach.height), reason: breach.reason, evidence: evidenceView(breach.evidence) };
}

function evidenceView(evidence: BreachEvidence | undefined): Json {
  if (evidence === undefined) return null;
  const { final, attested, power, totalPower, voters } = evidence;
  return { final, attested, power: Number(power), totalPower: Number(totalPower), voters };
}

/** The whole state (protocol, section 4); `chain` is what the state cannot say of itself. */
export function stateView(state: StateReader, chain: { readonly lastBlockHeight: bigint; readonly lastBlockAppHash: Hex }): Json {
  const { nonce, accumulator, matureBlockHash, matureEthBlock } = ethereumView(state) as { [key: string]: Json };
  const last = lastEventCell.read(state);
  return {
    round: roundView(roundCell.read(state)),
    events: eventsView(state),
    votes: votesView(state),
    final: [...finalTable.entries(state)].map(([height, hash]) => ({ height: Number(height), hash })),
    breach: breachView(state),
    orderIds: [...orderIdTable.entries(state)].map(([id]) => id),
    balances: object([...balanceTable.entries(state)].map(([staker, balance]) => [staker, balance.toString()])),
    limits: object([...limitTable.entries(state)].map(([staker, limit]) => [staker, limitView(limit)])),
    usage: object([...usageTable.entries(state)].map(([poster]) => [poster, usageView(state, poster)])),
    validators: validatorsView(state),
    motions: motionsView(state),
    contests: contestsView(state),
    lastEvent: { add: Number(last.add), remove: Number(last.remove) },
    ethereum: { nonce: nonce as Json, accumulator: accumulator as Json, matureBlockHash: matureBlockHash as Json },
    consensusParams: paramsView(state),
    orderCounter: Number(orderCounterCell.read(state)),
    lastBlockHeight: Number(chain.lastBlockHeight),
    lastBlockAppHash: chain.lastBlockAppHash,
    matureEthBlock: matureEthBlock as Json,
  };
}

function tallies(state: StateReader, set: ValidatorSet): (readonly [bigint, readonly Tally[]])[] {
  return [...allVotes(state)].map(([height, contents]) => [height, tally(contents, set)] as const);
}

/** Whether events between the last ones before this height (as its first voter sees them) and its suffix are not on record. */
function isMissing(state: StateReader, height: bigint, after: Commitment, before: bigint | undefined): boolean {
  const start = suffixStart(state, height, after);
  return start === undefined || start.nonce > (before ?? ethereumCell.read(state).nonce);
}
