// Doing the same with many nodes, some of which may go down over it.

import type { Replica } from './replica/replica.ts';

export interface Survivor<T> {
  readonly replica: Replica;
  readonly value: T;
}

/**
 * Runs `task` for all at once; gives what came of those that are still up, in order. Whatever takes down a single node stops
 * it, so an error of one that still runs is the engine's own, and thrown.
 */
export async function survivors<T>(replicas: readonly Replica[], task: (replica: Replica) => Promise<T>): Promise<Survivor<T>[]> {
  const outcomes = await Promise.allSettled(replicas.map(task));
  return outcomes.flatMap((outcome, index) => {
    const replica = replicas[index] as Replica;
    if (outcome.status === 'fulfilled') return [{ replica, value: outcome.value }];
    if (!replica.isRunning) return [];
    throw outcome.reason;
  });
}
