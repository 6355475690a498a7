// The state as tables over an ordered map of byte strings: one prefix a table, fixed-width keys, RLP values. Nothing outside
// this room's table files touches raw keys; the layouts are those of docs/protocol.md, section "State".

import { type Bytes, type Hex, hex, textBytes } from '../lib/bytes.ts';
import { asBytes, asList, asUint, type Rlp, rlpUint } from '../lib/rlp.ts';
import type { Overlay } from './overlay.ts';
import { ADDRESS_KEY, asHex, Cell, HASH_KEY, HEIGHT_KEY, Table } from './records.ts';
import type { Commitment, ConsensusParams, Limit, Round, StateReader } from './types.ts';

/** What genesis says of Ethereum; never changes. */
export interface WatchedContract {
  readonly chainId: bigint;
  readonly stakingContract: Hex;
  readonly startBlock: bigint;
  readonly startBlockHash: Hex;
}

/** The fold of every applied event, and the block up to which they are applied. */
export interface AppliedEthereum extends Commitment {
  /** Undefined until round 1 is adopted. */
  readonly matureBlock: bigint | undefined;
  /** Hash of the mature block; of the start block while nothing is mature. */
  readonly matureBlockHash: Hex;
}

export interface Validator {
  readonly power: bigint;
  /** In the current set. */
  readonly active: boolean;
  /** ed25519 key that the engine knows it by, 32 bytes. */
  readonly publicKey: Bytes;
  readonly witness: Hex;
  readonly name: string;
  /** Last peg block with transactions that it proposed. */
  readonly lastProposed: bigint;
  /** Peg height of its last accepted vote. */
  readonly lastVoted: bigint;
  /** First votes for an Ethereum block, and later ones. */
  readonly totalVotes: bigint;
  readonly revisions: bigint;
  readonly sequence: bigint;
  /** Last block it has voted for; finality may have passed it. */
  readonly witnessedTo: bigint;
  /** Sequence of its last transaction in matters of governance. */
  readonly governSequence: bigint;
}

/** What a validator has done before it joins for the first time. */
export const NEW_COUNTERS = {
  lastProposed: 0n,
  lastVoted: 0n,
  totalVotes: 0n,
  revisions: 0n,
  sequence: 0n,
  governSequence: 0n,
} as const;

export interface Usage {
  readonly orders: bigint;
  readonly streams: bigint;
}

export interface Breach {
  readonly height: bigint;
  readonly reason: string;
  /** When validators have attested another block than the final one. */
  readonly evidence?: BreachEvidence;
}

export interface BreachEvidence {
  /** Hash that the peg held for final, and the one that is attested. */
  readonly final: Hex;
  readonly attested: Hex;
  readonly power: bigint;
  readonly totalPower: bigint;
  /** Consensus addresses, ascending. */
  readonly voters: readonly Hex[];
}

export interface LastEvent {
  readonly add: bigint;
  readonly remove: bigint;
}

const u64 = (item: Rlp | undefined) => asUint(item, 64);
const u256 = (item: Rlp | undefined) => asUint(item, 256);
const text = (item: Rlp | undefined) => new TextDecoder().decode(asBytes(item));

const encodeCommitment = (commitment: Commitment): Rlp[] => [rlpUint(commitment.nonce), hex(commitment.accumulator, 32)];

const encodeEvidence = ({ final, attested, power, totalPower, voters }: BreachEvidence): Rlp[] => [
  hex(final, 32),
  hex(attested, 32),
  rlpUint(power),
  rlpUint(totalPower),
  voters.map((voter) => hex(voter, 20)),
];

function decodeEvidence(item: Rlp | undefined): BreachEvidence {
  const [final, attested, power, totalPower, voters] = asList(item, 5);
  return {
    final: asHex(final, 32),
    attested: asHex(attested, 32),
    power: u64(power),
    totalPower: u64(totalPower),
    voters: asList(voters).map((voter) => asHex(voter, 20)),
  };
}

export const paramsCell = new Cell<ConsensusParams>(
  'C',
  (params) => [
    rlpUint(params.finalityThreshold),
    rlpUint(params.periodLength),
    rlpUint(params.periodLimit),
    rlpUint(params.maxOrderBytes),
  ],
  (item) => {
    const [finalityThreshold, periodLength, periodLimit, maxOrderBytes] = asList(item, 4).map(u64) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    return { finalityThreshold, periodLength, periodLimit, maxOrderBytes };
  },
);

export const contractCell = new Cell<WatchedContract>(
  'G',
  (contract) => [
    rlpUint(contract.chainId),
    hex(contract.stakingContract, 20),
    rlpUint(contract.startBlock),
    hex(contract.startBlockHash, 32),
  ],
  (item) => {
    const [chainId, contract, startBlock, hash] = asList(item, 4);
    return {
      chainId: u256(chainId),
      stakingContract: asHex(contract, 20),
      startBlock: u64(startBlock),
      startBlockHash: asHex(hash, 32),
    };
  },
);

export const ethereumCell = new Cell<AppliedEthereum>(
  'E',
  (ethereum) => [
    ...encodeCommitment(ethereum),
    ethereum.matureBlock === undefined ? [] : [rlpUint(ethereum.matureBlock)],
    hex(ethereum.matureBlockHash, 32),
  ],
  (item) => {
    const [nonce, accumulator, mature, hash] = asList(item, 4);
    const [height] = asList(mature);
    return {
      nonce: u64(nonce),
      accumulator: asHex(accumulator, 32),
      matureBlock: height === undefined ? undefined : u64(height),
      matureBlockHash: asHex(hash, 32),
    };
  },
);

export const roundCell = new Cell<Round>(
  'R',
  (round) => [rlpUint(round.number), rlpUint(round.startsAt), rlpUint(round.endsAt), rlpUint(round.limit)],
  (item) => {
    const [number, startsAt, endsAt, limit] = asList(item, 4).map(u64) as [bigint, bigint, bigint, bigint];
    return { number, startsAt, endsAt, limit };
  },
);

export const orderCounterCell = new Cell<bigint>('O', rlpUint, u64);

export const lastEventCell = new Cell<LastEvent>(
  'L',
  (last) => [rlpUint(last.add), rlpUint(last.remove)],
  (item) => {
    const [add, remove] = asList(item, 2).map(u64) as [bigint, bigint];
    return { add, remove };
  },
);

export const breachCell = new Cell<Breach>(
  'X',
  ({ height, reason, evidence }) => [rlpUint(height), textBytes(reason), evidence === undefined ? [] : encodeEvidence(evidence)],
  (item) => {
    const [height, reason, evidence] = asList(item, 3);
    const breach = { height: u64(height), reason: text(reason) };
    return asList(evidence).length === 0 ? breach : { ...breach, evidence: decodeEvidence(evidence) };
  },
);

/** By consensus address. */
export const validatorTable = new Table<Hex, Validator>(
  'v',
  ADDRESS_KEY,
  (validator) => [
    rlpUint(validator.power),
    rlpUint(validator.active ? 1n : 0n),
    validator.publicKey,
    hex(validator.witness, 20),
    textBytes(validator.name),
    rlpUint(validator.lastProposed),
    rlpUint(validator.lastVoted),
    rlpUint(validator.totalVotes),
    rlpUint(validator.revisions),
    rlpUint(validator.sequence),
    rlpUint(validator.witnessedTo),
    rlpUint(validator.governSequence),
  ],
  (item) => {
    const [power, active, publicKey, witness, name, ...counters] = asList(item, 12);
    const [lastProposed, lastVoted, totalVotes, revisions, sequence, witnessedTo, governSequence] = counters.map(u64) as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    return {
      power: u64(power),
      active: u64(active) === 1n,
      publicKey: asBytes(publicKey, 32),
      witness: asHex(witness, 20),
      name: text(name),
      lastProposed,
      lastVoted,
      totalVotes,
      revisions,
      sequence,
      witnessedTo,
      governSequence,
    };
  },
);

/** Whose witness key an account is or was: a key that has spoken for one validator never speaks for another. */
export const witnessTable = new Table<Hex, Hex>(
  'k',
  ADDRESS_KEY,
  (validator) => hex(validator, 20),
  (item) => asHex(item, 20),
);

/** By staker; an entry is greater than 0. */
export const balanceTable = new Table<Hex, bigint>('b', ADDRESS_KEY, rlpUint, u256);

/** Writes a balance; one of 0 has no entry. */
export function setBalance(state: Overlay, staker: Hex, balance: bigint): void {
  if (balance === 0n) balanceTable.delete(state, staker);
  else balanceTable.set(state, staker, balance);
}

/** By staker, in force in this round. */
export const limitTable = new Table<Hex, Limit>(
  'm',
  ADDRESS_KEY,
  (limit) => [rlpUint(limit.orderLimit), rlpUint(limit.streamLimit)],
  (item) => {
    const [orderLimit, streamLimit] = asList(item, 2).map(u64) as [bigint, bigint];
    return { orderLimit, streamLimit };
  },
);

/** By poster, spent in this round. */
export const usageTable = new Table<Hex, Usage>(
  'u',
  ADDRESS_KEY,
  (usage) => [rlpUint(usage.orders), rlpUint(usage.streams)],
  (item) => {
    const [orders, streams] = asList(item, 2).map(u64) as [bigint, bigint];
    return { orders, streams };
  },
);

/** Ids of the orders and streams accepted in this round. */
export const orderIdTable = new Table<Hex, true>(
  'i',
  HASH_KEY,
  () => new Uint8Array(0),
  () => true,
);

/** Hashes of the last final Ethereum blocks, by height. */
export const finalTable = new Table<bigint, Hex>(
  'f',
  HEIGHT_KEY,
  (hash) => hex(hash, 32),
  (item) => asHex(item, 32),
);

/** Decoders of the provable records, for whoever has verified a proof of their bytes. */
export const decodeRound = (raw: Bytes): Round => roundCell.decode(raw);
export const decodeBalance = (raw: Bytes): bigint => balanceTable.decode(raw);
export const decodeLimit = (raw: Bytes): Limit => limitTable.decode(raw);

/** The last final block, or the start block while nothing is final. */
export function matureOf(state: StateReader): bigint {
  return ethereumCell.read(state).matureBlock ?? contractCell.read(state).startBlock;
}
