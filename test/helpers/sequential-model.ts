// What the peg must say of an Ethereum history, computed in the simplest way: block after block, with Maps, as if there were
// one infallible validator. No votes, no codec, no storage; nothing of `relayer/peg`. Runs of the real machine with whatever
// order, loss, repetition and minority of liars must end where this ends.

import { encodeRlp } from 'ethers';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { hex } from '../../relayer/lib/bytes.ts';
import { keccakHex } from '../../relayer/lib/keccak.ts';
import type { Commitment } from '../../relayer/peg/types.ts';
import type { StakingHistory } from './staking-history.ts';

export interface ModelParams {
  readonly periodLength: bigint;
  readonly periodLimit: bigint;
}

export interface ModelState {
  readonly round: { readonly number: number; readonly startsAt: number; readonly endsAt: number };
  /** Decimal strings by address. */
  readonly balances: Readonly<Record<Hex, string>>;
  readonly limits: Readonly<Record<Hex, { readonly orderLimit: number; readonly streamLimit: number }>>;
  readonly ethereum: { readonly nonce: number; readonly accumulator: Hex; readonly matureBlockHash: Hex };
  readonly matureEthBlock: number;
}

type Limits = ReadonlyMap<Hex, bigint>;

/** floor(P · b / Σ b) for everybody, in order of address. */
export function limitsOf(balances: ReadonlyMap<Hex, bigint>, periodLimit: bigint): Limits {
  let sum = 0n;
  for (const balance of balances.values()) sum += balance;
  const sorted = [...balances].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([who, balance]) => [who, (periodLimit * balance) / sum]));
}

/** keccak256(RLP([[staker, orderLimit, streamLimit], …])), with another RLP than the project's. */
export function limitsDigest(limits: Limits): Hex {
  const list = [...limits].map(([who, orders]) => [who, minimal(orders), '0x01']);
  return keccakHex(hex(encodeRlp(list)));
}

function minimal(value: bigint): string {
  if (value === 0n) return '0x';
  const digits = value.toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}

/** The peg after blocks up to `height` of `history` are final and every round that this closes has been adopted. */
export function sequentialModel(history: StakingHistory, params: ModelParams, height: bigint, startHash: Hex): ModelState {
  const balances = new Map<Hex, bigint>();
  let limits: Limits = new Map();
  let round = { number: 0, startsAt: 0n, endsAt: history.start };
  let ethereum: Commitment = history.commitmentAt(history.start);
  let matureBlockHash = startHash;
  const adopt = () => {
    round = { number: round.number + 1, startsAt: round.endsAt, endsAt: round.endsAt + params.periodLength };
    limits = limitsOf(balances, params.periodLimit);
  };
  adopt();
  for (let at = history.start + 1n; at <= height; at++) {
    const block = history.block(at);
    for (const { kind, staker, amount } of block.events) {
      const balance = (balances.get(staker) ?? 0n) + (kind === 'add' ? amount : -amount);
      if (balance < 0n) throw new RangeError(`the history takes more from ${staker} than there is`);
      if (balance === 0n) balances.delete(staker);
      else balances.set(staker, balance);
    }
    ethereum = block.after;
    matureBlockHash = block.hash;
    if (at === round.endsAt) adopt();
  }
  return {
    round: { number: round.number, startsAt: Number(round.startsAt), endsAt: Number(round.endsAt) },
    balances: Object.fromEntries([...balances].map(([who, balance]) => [who, String(balance)])),
    limits: Object.fromEntries([...limits].map(([who, orders]) => [who, { orderLimit: Number(orders), streamLimit: 1 }])),
    ethereum: { nonce: Number(ethereum.nonce), accumulator: ethereum.accumulator, matureBlockHash },
    matureEthBlock: Number(height),
  };
}
