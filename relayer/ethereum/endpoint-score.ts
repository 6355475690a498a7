// How well an endpoint serves, from what its posts took and how they ended: the pool asks the best one first. Pure; the
// numbers fade, so that an endpoint that has recovered is soon asked again.

import { backoffMs } from '../lib/retry.ts';

export interface EndpointScore {
  /** Fading mean of small posts, in milliseconds; undefined before the first. */
  readonly latencyMs: number | undefined;
  /** Fading share of posts that failed, 0 to 1. */
  readonly errorRate: number;
  /** Failures since the last answer. */
  readonly failures: number;
  /** Not to be asked before this time while another endpoint is there. */
  readonly restsUntil: number;
  /** Since the start. */
  readonly requests: number;
}

export type ScoreInput =
  /** A post was answered; only small ones (see `SMALL`) say something about latency. */
  | { readonly type: 'answered'; readonly calls: number; readonly durationMs: number }
  /** A post failed, or what it brought cannot be true. */
  | { readonly type: 'failed'; readonly nowMs: number; readonly random: number }
  /** Another endpoint, asked later, was quicker than this one that had been asked for so long. */
  | { readonly type: 'outrun'; readonly durationMs: number };

/** Calls in a post whose duration is that of the way, not of the work. */
const SMALL = 4;
/** Weight of a new sample. */
const WEIGHT = 0.2;
const REST = { baseDelayMs: 500, maxDelayMs: 30_000 };
/** What is assumed of an endpoint that was never asked. */
const UNKNOWN_LATENCY_MS = 100;
/** A share of errors of one makes an endpoint look so many times slower. */
const ERROR_WEIGHT = 20;

export const newScore: EndpointScore = {
  latencyMs: undefined,
  errorRate: 0,
  failures: 0,
  restsUntil: 0,
  requests: 0,
};

/** Takes one sample. */
export function rate(score: EndpointScore, input: ScoreInput): EndpointScore {
  if (input.type === 'outrun') {
    // It counts in full: the next call must not wait for this endpoint again.
    return { ...score, latencyMs: Math.max(score.latencyMs ?? 0, input.durationMs) };
  }
  const requests = score.requests + 1;
  if (input.type === 'failed') {
    const failures = score.failures + 1;
    const restsUntil = input.nowMs + backoffMs(failures, { ...REST, random: () => input.random });
    return { ...score, requests, failures, restsUntil, errorRate: faded(score.errorRate, 1) };
  }
  const { latencyMs } = score;
  const small = input.calls <= SMALL;
  const latency = latencyMs === undefined ? input.durationMs : faded(latencyMs, input.durationMs);
  return {
    ...score,
    latencyMs: small ? latency : latencyMs,
    errorRate: faded(score.errorRate, 0),
    failures: 0,
    restsUntil: 0,
    requests,
  };
}

/** What an answer is expected to cost in milliseconds, errors included; infinite while the endpoint rests. */
export function expectedCost(score: EndpointScore, nowMs: number): number {
  if (score.restsUntil > nowMs) return Number.POSITIVE_INFINITY;
  return Math.max(1, score.latencyMs ?? UNKNOWN_LATENCY_MS) * (1 + ERROR_WEIGHT * score.errorRate);
}

const faded = (before: number, sample: number) => before + WEIGHT * (sample - before);
