// What has been handed in and is not visible on the peg yet. A task is planned again in every step until the peg shows its
// effect; the outbox says when it is worth sending again. Pure.

/** One thing to be sent: equal keys are the same task, whatever its bytes. */
export interface Attempt {
  readonly tries: number;
  /** Not to be sent again before this time. */
  readonly nextAt: number;
}

export type Outbox = ReadonlyMap<string, Attempt>;

export interface ResendPolicy {
  /** Wait after the first try. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** True when the task was never sent or its wait is over. */
export function isDue(outbox: Outbox, key: string, nowMs: number): boolean {
  const attempt = outbox.get(key);
  return attempt === undefined || nowMs >= attempt.nextAt;
}

/** Notes a try: the wait doubles with each, up to the policy's maximum. */
export function noteSent(outbox: Outbox, key: string, nowMs: number, policy: ResendPolicy): Outbox {
  const tries = (outbox.get(key)?.tries ?? 0) + 1;
  const delay = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** Math.min(tries - 1, 20));
  return new Map(outbox).set(key, { tries, nextAt: nowMs + delay });
}

/** Forgets the tasks that are no longer planned: the peg shows their effect, or they are void. */
export function forgetOthers(outbox: Outbox, planned: ReadonlySet<string>): Outbox {
  return new Map([...outbox].filter(([key]) => planned.has(key)));
}
