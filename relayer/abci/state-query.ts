// Query: the peg's paths at the last height or an older one that is kept, as JSON or, with `prove`, as the raw record with
// its proof. Nothing that a user asks makes it throw.

import type { RequestQuery, ResponseQuery } from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, to0x } from '../lib/bytes.ts';
import { CODES, type Code } from '../peg/codes.ts';
import { answerQuery } from '../peg/query.ts';
import type { Domain, StateReader } from '../peg/types.ts';
import type { StateStore } from '../store/state-store.ts';
import { toProofOps } from './responses.ts';

/** The state that queries see when they name no height. */
export interface Committed {
  /** 0 while there is only genesis. */
  readonly height: bigint;
  /** 32 bytes. */
  readonly appHash: Bytes;
  readonly state: StateReader;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Answers one query. A height of 0 is the last committed one. With `prove` the value is the raw record (empty when there is
 * none, which the proof then shows), to be verified against the app hash of that height, which stands in the header of the
 * next. Refusals have the codes of the codespace `query`.
 */
export function answerStateQuery(
  store: StateStore,
  domain: Domain | undefined,
  last: Committed,
  request: RequestQuery,
): ResponseQuery {
  if (domain === undefined) return refusal(CODES.QUERY_HEIGHT, 'the node has no state yet: it waits for genesis');
  const at = committedAt(store, last, request.height);
  if (at === undefined) return refusal(CODES.QUERY_HEIGHT, `height ${request.height} is not kept; the last is ${last.height}`);
  const chain = { lastBlockHeight: at.height, lastBlockAppHash: to0x(at.appHash), domain };
  const { code, codespace, log, key, value } = answerQuery(at.state, { path: request.path, data: request.data }, chain);
  const answer = { code, codespace, log, info: '', index: 0n, height: at.height, key: key ?? NO_BYTES, value };
  if (code !== 0 || !request.prove) return answer;
  if (key === undefined)
    return refusal(CODES.QUERY_NOT_PROVABLE, `${request.path} does not name one record: ask without a proof`);
  if (at.height === 0n) return refusal(CODES.QUERY_HEIGHT, 'no block is committed yet, so there is no app hash to prove against');
  return { ...answer, value: at.state.get(key) ?? NO_BYTES, proofOps: toProofOps(store.prove(key, at.height)) };
}

function committedAt(store: StateStore, last: Committed, height: bigint): Committed | undefined {
  if (height === 0n || height === last.height) return last;
  if (height < 1n || height > last.height || height < store.oldestVersion) return undefined;
  return { height, appHash: store.rootAt(height), state: store.reader(height) };
}

function refusal({ code, codespace }: Code, log: string): ResponseQuery {
  return { code, codespace, log, info: '', index: 0n, height: 0n, key: NO_BYTES, value: NO_BYTES };
}
