// What a starting node has to do to bring application, state and block store to the same height: a table, as a function.
// Source: CometBFT spec/abci (crash recovery), consensus/replay.go at v0.38.

import { EngineError } from '../errors.ts';

export interface Heights {
  /** Last height that the application committed. */
  readonly app: bigint;
  /** Height of the saved chain state. */
  readonly state: bigint;
  /** Oldest and newest block in the store, 0 when there is none. */
  readonly base: bigint;
  readonly store: bigint;
  readonly initial: bigint;
}

export interface ReplayPlan {
  readonly initChain: boolean;
  /** Heights that only the application misses: FinalizeBlock and Commit, the state stays. */
  readonly execute: readonly bigint[];
  /** The last block, when the state misses it too: executed, or, when the application has it, taken from the answer on disk. */
  readonly apply: 'none' | 'execute' | 'saved-answer';
}

/** Throws ENGINE_APPLICATION_AHEAD, ENGINE_APPLICATION_BEHIND or ENGINE_STORE_INVALID where nothing can be repaired. */
export function planReplay({ app, state: saved, base, store, initial }: Heights): ReplayPlan {
  const initChain = app === 0n;
  const state = saved === 0n ? initial - 1n : saved;
  if (app > store)
    throw new EngineError(
      'ENGINE_APPLICATION_AHEAD',
      `the application is at height ${app}, its node only has blocks up to ${store}`,
      { app: Number(app), store: Number(store) },
    );
  if (store === 0n) return { initChain, execute: [], apply: 'none' };
  if (app === 0n ? base > initial : app < base - 1n)
    throw new EngineError('ENGINE_APPLICATION_BEHIND', `the application is at height ${app}, the oldest block is ${base}`, {
      app: Number(app),
      base: Number(base),
    });
  if (state > store || store > state + 1n)
    throw new EngineError('ENGINE_STORE_INVALID', `the chain state is at height ${state}, the newest block at ${store}`, {
      state: Number(state),
      store: Number(store),
    });
  const first = app === 0n ? initial : app + 1n;
  const last = store === state ? store : store - 1n;
  const execute: bigint[] = [];
  for (let height = first; height <= last; height++) execute.push(height);
  const apply = store === state ? 'none' : app === store ? 'saved-answer' : 'execute';
  return { initChain, execute, apply };
}
