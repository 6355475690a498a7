// CometBFT refuses an application that is further than its blocks, or so far behind that the blocks in between are gone. It
// says so in its log and ends; here are its words with what an operator can do.
// Source: CometBFT state/errors.go at v0.39.

import { NodeError } from './errors.ts';

/** The refusal in the last lines of the engine's log, with both heights; undefined when they hold none. */
export function stateMismatch(lines: readonly string[]): NodeError | undefined {
  for (const line of lines) {
    const ahead = /app block height \((\d+)\) is higher than core \((\d+)\)/.exec(line);
    if (ahead !== null) {
      const [, state, blocks] = ahead as unknown as [string, string, string];
      const message = `the state is at height ${state}, the engine has blocks up to ${blocks} only: put both back from one copy of the home, or remove the folders state and snapshots of the home, then it is built again from the blocks`;
      return new NodeError('STATE_AHEAD', message, { state: Number(state), blocks: Number(blocks) });
    }
    const behind = /app block height \((\d+)\) is too far below block store base \((\d+)\)/.exec(line);
    if (behind !== null) {
      const [, state, base] = behind as unknown as [string, string, string];
      const message = `the state is at height ${state}, the oldest block of the engine is ${base}: import a state of height ${Number(base) - 1} or later with peg import, or begin with an empty home and consensus.state_sync`;
      return new NodeError('STATE_BEHIND', message, { state: Number(state), base: Number(base) });
    }
  }
  return undefined;
}
