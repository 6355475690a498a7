// The JSON of the peg's query paths as the tests read it (docs/protocol.md). Written from the document, not from the code.

import type { Hex } from '../../relayer/lib/bytes.ts';

export interface VoteView {
  readonly hash: Hex;
  readonly nonce: number | null;
  readonly accumulator: Hex | null;
  readonly conf: number;
  readonly power: number;
  readonly voters: readonly Hex[];
  readonly missing: boolean;
}

export interface ValidatorView {
  readonly power: number;
  readonly active: boolean;
  readonly witness: Hex;
  readonly name: string;
  readonly lastProposed: number;
  readonly lastVoted: number;
  readonly totalVotes: number;
  readonly sequence: number;
  readonly witnessedTo: number;
  readonly revisions: number;
  readonly publicKey: Hex;
  readonly governSequence: number;
}

export interface MotionView {
  readonly expiry: number;
  readonly changes: readonly Readonly<Record<string, unknown>>[];
  readonly starter: Hex;
  readonly openedAt: number;
  readonly voters: readonly Hex[];
  readonly conf: number;
  readonly power: number;
  readonly missing: readonly Hex[];
  readonly decision: {
    readonly height: number;
    readonly outcome: 'passed' | 'void';
    readonly code: number;
    readonly reason: string | null;
  } | null;
}

export interface PendingEventView {
  readonly staker: Hex;
  readonly type: 'add' | 'remove';
  readonly amount: string;
  readonly conf: number;
  readonly power: number;
}

export interface LimitView {
  readonly orderLimit: number;
  readonly streamLimit: number;
}

export interface BreachView {
  readonly height: number;
  readonly reason: string;
  readonly evidence: {
    readonly final: Hex;
    readonly attested: Hex;
    readonly power: number;
    readonly totalPower: number;
    readonly voters: readonly Hex[];
  } | null;
}

export interface StateView {
  readonly round: { readonly number: number; readonly startsAt: number; readonly endsAt: number; readonly limit: number };
  readonly events: Readonly<Record<string, Readonly<Record<string, PendingEventView>>>>;
  readonly votes: Readonly<Record<string, readonly VoteView[]>>;
  readonly breach: BreachView | null;
  readonly orderIds: readonly Hex[];
  readonly balances: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, LimitView>>;
  readonly usage: Readonly<Record<string, { readonly orders: number; readonly streams: number }>>;
  readonly validators: Readonly<Record<string, ValidatorView>>;
  readonly motions: Readonly<Record<string, MotionView>>;
  readonly contests: Readonly<Record<string, { readonly height: number; readonly hash: Hex }>>;
  readonly lastEvent: { readonly add: number; readonly remove: number };
  readonly ethereum: { readonly nonce: number; readonly accumulator: Hex; readonly matureBlockHash: Hex };
  readonly consensusParams: Readonly<Record<string, number>>;
  readonly orderCounter: number;
  readonly matureEthBlock: number | null;
  readonly lastBlockHeight: number;
}
