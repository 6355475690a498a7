// The pool as operators see it: one state for each endpoint, from what it says itself and from what the others make of it.

import { nthHighest, type Opinion } from './agreement.ts';
import type { EndpointScore } from './endpoint-score.ts';
import type { EthereumErrorCode } from './errors.ts';
import type { FollowerState, FollowerStatus } from './follower.ts';

/** `lagging`: more than a few blocks behind the others; `dissenting`: outvoted on the hash of a buried block. */
export type EndpointState = FollowerState | 'lagging' | 'dissenting';

/** Posts that failed, and things said that cannot be true, by what they were. */
export type FaultCounts = Readonly<Partial<Record<EthereumErrorCode, number>>>;

/** Names are unique: several endpoints of one host are numbered. */
export interface EndpointStatus extends Omit<FollowerStatus, 'state'> {
  readonly state: EndpointState;
  /** Blocks behind the highest usable head. */
  readonly lag: number | undefined;
  /** Fading mean of small requests, in milliseconds. */
  readonly requestMs: number | undefined;
  /** Fading share of requests that failed, 0 to 1. */
  readonly errorRate: number;
  readonly requests: number;
  readonly faults: FaultCounts;
  /** How often it was found to contradict the others (or, without a majority, was contradicted). */
  readonly disagreements: number;
}

/** Blocks behind the others that are a matter of milliseconds, not of a fault. */
const LAG_ALLOWED = 3n;

export interface StatusParts {
  readonly follower: FollowerStatus;
  readonly score: EndpointScore;
  readonly faults: FaultCounts;
  /** The highest head among the usable endpoints. */
  readonly highest: bigint | undefined;
  readonly foreign: boolean;
  readonly dissenting: boolean;
  readonly disagreements: number;
}

export function endpointStatus(parts: StatusParts): EndpointStatus {
  const { follower, score, faults, highest, disagreements } = parts;
  const { latencyMs: requestMs, errorRate, requests } = score;
  const head = follower.head?.number;
  const lag = head === undefined || highest === undefined ? undefined : highest > head ? highest - head : 0n;
  const state = stateOf(parts, lag);
  const lagBlocks = lag === undefined ? undefined : Number(lag);
  return { ...follower, state, lag: lagBlocks, requestMs, errorRate, requests, faults, disagreements };
}

function stateOf({ follower, foreign, dissenting }: StatusParts, lag: bigint | undefined): EndpointState {
  const { state } = follower;
  if (state === 'failing' || state === 'wrong-chain' || state === 'syncing') return state;
  if (foreign) return 'wrong-chain';
  if (dissenting) return 'dissenting';
  return lag !== undefined && lag > LAG_ALLOWED ? 'lagging' : state;
}

export function highestHead(opinions: readonly Opinion[]): bigint | undefined {
  return nthHighest(
    opinions.map(({ usable, head }) => (usable ? head?.number : undefined)),
    1,
  );
}
