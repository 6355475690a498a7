// An application that notes which calls an engine makes, in the letters of the call grammar.

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

/** Every call goes on to `application`; `calls` grows before it does. */
export function recordCalls(application: Application): { readonly application: Application; readonly calls: LoggedCall[] } {
  const calls: LoggedCall[] = [];
  const recorded = new Proxy(application, {
    get(target, name: keyof Application) {
      const letter = LETTERS[name];
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      return (request?: { height?: bigint; hash?: Uint8Array }) => {
        if (letter !== undefined) {
          const height = letter === 'I' ? undefined : request?.height;
          calls.push({ letter, ...(height !== undefined && { height }), ...(request?.hash && { hash: request.hash }) });
        }
        return method.call(target, request);
      };
    },
  });
  return { application: recorded, calls };
}
