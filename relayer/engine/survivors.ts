// Doing the same with many nodes, some of which may go down over it.

import { CodedError } from '../lib/errors.ts';
import type { EngineErrorCode } from './errors.ts';
import type { Replica } from './replica/replica.ts';

/** What takes a single node down; everything else is the engine's own failure. */
const NODE_FAULTS: ReadonlySet<string> = new Set<EngineErrorCode>([
  'ENGINE_NODE_CRASHED',
  'ENGINE_NODE_DOWN',
  'ENGINE_APPLICATION_FAILED',
  'ENGINE_APPLICATION_INVALID',
]);

export interface Survivor<T> {
  readonly replica: Replica;
  readonly value: T;
}

/** Runs `task` for all at once; gives what came of those that are still up, in order. Throws what is not a node's own fault. */
export async function survivors<T>(replicas: readonly Replica[], task: (replica: Replica) => Promise<T>): Promise<Survivor<T>[]> {
  const outcomes = await Promise.allSettled(replicas.map(task));
  return outcomes.flatMap((outcome, index) => {
    const replica = replicas[index] as Replica;
    if (outcome.status === 'fulfilled') return [{ replica, value: outcome.value }];
    if (isNodeFault(outcome.reason)) return [];
    throw outcome.reason;
  });
}

export function isNodeFault(error: unknown): boolean {
  return error instanceof CodedError && NODE_FAULTS.has(error.code);
}
