// Writes down the calls that an application gets, in the letters of the call grammar, so that what an engine really did can be
// held to it: into memory, or as JSON lines that outlive a killed process. A line is written before the call is made.

import { closeSync, openSync, writeSync } from 'node:fs';
import { fromHex, toHex } from '../lib/bytes.ts';
import type { Application } from './application.ts';
import type { CallLetter, LoggedCall } from './call-grammar.ts';
import { AbciError } from './errors.ts';

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
const KNOWN: ReadonlySet<unknown> = new Set(Object.values(LETTERS));

/** `application` with every call of the grammar given to `sink` before it is passed on. */
export function recordCalls<A extends Application>(application: A, sink: (call: LoggedCall) => void): A {
  return new Proxy(application, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      const letter = LETTERS[name as keyof Application];
      if (typeof member !== 'function') return member;
      if (letter === undefined) return member.bind(target);
      return (request: { height?: bigint; hash?: Uint8Array } = {}) => {
        const height = letter === 'I' || request.height === undefined ? {} : { height: request.height };
        sink({ letter, ...height, ...(request.hash === undefined ? {} : { hash: request.hash }) });
        return member.call(target, request);
      };
    },
  });
}

/** What one process was called, from its start to its end. */
export interface RecordedLife {
  /** Height that the application had when the process began. */
  readonly startHeight: bigint;
  readonly calls: LoggedCall[];
}

export interface CallLogFile {
  readonly sink: (call: LoggedCall) => void;
  close(): void;
}

/**
 * Appends to a file: `{"start":"12"}`, the height at the start of a process, then `{"call":"F","height":"13","hash":"ab…"}` a
 * call, each line with one system call, so that also a killed process leaves whole lines.
 */
export function openCallLog(path: string, startHeight: bigint): CallLogFile {
  const file = openSync(path, 'a');
  const line = (fields: Record<string, string>) => void writeSync(file, `${JSON.stringify(fields)}\n`);
  line({ start: startHeight.toString() });
  return {
    sink: ({ letter, height, hash }) =>
      line({
        call: letter,
        ...(height === undefined ? {} : { height: height.toString() }),
        ...(hash === undefined ? {} : { hash: toHex(hash) }),
      }),
    close: () => closeSync(file),
  };
}

/** The lives in the text of such a file, for `checkCallLog`. Throws ABCI_RECORD_INVALID naming the line. */
export function parseCallLog(text: string): RecordedLife[] {
  const lives: RecordedLife[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const { start, call } = parseLine(line, index + 1);
    if (start !== undefined) lives.push({ startHeight: start, calls: [] });
    else lives.at(-1)?.calls.push(call);
  }
  return lives;
}

type CallLogLine = { readonly start: bigint; readonly call?: never } | { readonly start?: never; readonly call: LoggedCall };

function parseLine(line: string, number: number): CallLogLine {
  try {
    const { start, call, height, hash } = JSON.parse(line) as Record<string, string | undefined>;
    if (start !== undefined) return { start: BigInt(start) };
    const bytes = hash === undefined ? undefined : fromHex(hash);
    if (!KNOWN.has(call) || (hash !== undefined && bytes === undefined)) throw new RangeError('it holds no call');
    return {
      call: {
        letter: call as CallLetter,
        ...(height === undefined ? {} : { height: BigInt(height) }),
        ...(bytes === undefined ? {} : { hash: bytes }),
      },
    };
  } catch (cause) {
    throw new AbciError('ABCI_RECORD_INVALID', `line ${number} of the call log is damaged`, { line: number }, { cause });
  }
}
