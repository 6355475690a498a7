// An application that writes down the calls it gets, in the letters of the call grammar.

import type { Application } from '../../relayer/abci/application.ts';
import type { CallLetter, LoggedCall } from '../../relayer/abci/call-grammar.ts';

const LETTERS: Readonly<Partial<Record<keyof Application, CallLetter>>> = {
  initChain: 'I',
  offerSnapshot: 'O',
  applySnapshotChunk: 'A',
  prepareProposal: 'P',
  processProposal: 'R',
  extendVote: 'E',
  verifyVoteExtension: 'V',
  finalizeBlock: 'F',
  commit: 'C',
};

/** `application` with every call of the grammar appended to `calls` before it is passed on. */
export function recordCalls<A extends Application>(application: A, calls: LoggedCall[]): A {
  return new Proxy(application, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      const letter = LETTERS[name as keyof Application];
      if (typeof member !== 'function') return member;
      if (letter === undefined) return member.bind(target);
      return (request: { height?: bigint; hash?: Uint8Array } = {}) => {
        const height = letter === 'I' || request.height === undefined ? {} : { height: request.height };
        calls.push({ letter, ...height, ...(request.hash === undefined ? {} : { hash: request.hash }) });
        return member.call(target, request);
      };
    },
  });
}
