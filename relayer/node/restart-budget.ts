// How often what ended by itself is started again: a crash now and then is lived with, a crash after every start is not.

export interface RestartPolicy {
  /** Starts granted within the window. */
  readonly restarts: number;
  readonly windowMs: number;
}

/**
 * What is left of the budget after an end at `now`: the ends within the window, this one included, or undefined when they are
 * more than may be.
 */
export function afterEnd(
  ends: readonly number[],
  now: number,
  { restarts, windowMs }: RestartPolicy,
): readonly number[] | undefined {
  const recent = [...ends.filter((at) => now - at < windowMs), now];
  return recent.length > restarts ? undefined : recent;
}
