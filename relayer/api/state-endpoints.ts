// Endpoints that answer with the peg's queries (docs/protocol.md, section 11), at the newest block or at an older one that the
// node still keeps. The entity tag of an answer is the app hash it follows from: while that stays, 304 says so.

import { z } from 'zod';
import {
  balanceDocument,
  balancesDocument,
  domainDocument,
  ethereumDocument,
  finalDocument,
  limitDocument,
  limitsDocument,
  paramsDocument,
  pendingDocument,
  postTotalsDocument,
  roundDocument,
  stateDocument,
  validatorsDocument,
  votesDocument,
} from '../client/documents.ts';
import { CodedError } from '../lib/errors.ts';
import {
  type ApiParts,
  addressText,
  type Endpoint,
  type EndpointReply,
  type EndpointRequest,
  endpoint,
  integerText,
  pegHeightText,
} from './endpoint.ts';

const atHeight = z.strictObject({
  height: pegHeightText.optional().describe('peg height to answer for, the newest when left out; the last few are kept'),
});
const page = atHeight.extend({
  after: addressText.optional().describe('the address given as "next" with the page before'),
  limit: integerText(1, 1_000).default(100).describe('entries of the page'),
});

const plain = (path: string, summary: string, schema: z.ZodType): Endpoint =>
  endpoint({
    ...common,
    path,
    summary,
    query: atHeight,
    answers: [{ status: 200, description: 'as of the peg height in the header peg-height', schema }, NOT_MODIFIED],
    run: (request, parts) => answerQuery(path, request, parts),
  });

const NOT_MODIFIED = { status: 304, description: 'nothing changed since the answer with the entity tag in If-None-Match' };
const common = { method: 'GET', tag: 'state', problems: [404] } as const;

export const stateEndpoints: readonly Endpoint[] = [
  plain('/state', 'The whole state of the peg', stateDocument),
  plain('/round', 'The current round', roundDocument),
  endpoint({
    ...common,
    path: '/balances',
    summary: 'Confirmed stakes in order of address, in pages',
    query: page,
    answers: [{ status: 200, description: 'a page', schema: balancesDocument }, NOT_MODIFIED],
    run: (request, parts) => answerQuery(`/balances?${pageText(request.query)}`, request, parts),
  }),
  endpoint({
    ...common,
    path: '/balances/{address}',
    summary: 'The confirmed stake of one staker; 0 for a stranger',
    params: z.strictObject({ address: addressText }),
    query: atHeight,
    answers: [{ status: 200, description: 'the stake', schema: balanceDocument }, NOT_MODIFIED],
    run: (request, parts) => answerQuery(`/balance/${request.params.address}`, request, parts),
  }),
  endpoint({
    ...common,
    path: '/limits',
    summary: 'Limits in force with what is spent of them, in order of address, in pages',
    query: page,
    answers: [{ status: 200, description: 'a page', schema: limitsDocument }, NOT_MODIFIED],
    run: (request, parts) => answerQuery(`/limits?${pageText(request.query)}`, request, parts),
  }),
  endpoint({
    ...common,
    path: '/limits/{address}',
    summary: 'What a poster may write in this round, and has written; 0 for a stranger',
    params: z.strictObject({ address: addressText }),
    query: atHeight,
    answers: [{ status: 200, description: 'the limit', schema: limitDocument }, NOT_MODIFIED],
    run: (request, parts) => answerQuery(`/limit/${request.params.address}`, request, parts),
  }),
  plain('/events', 'Stake events that await confirmation', pendingDocument),
  plain('/votes', 'Contents of Ethereum blocks that validators have voted for', votesDocument),
  plain('/validators', 'The validators and their votes', validatorsDocument),
  plain('/params', 'Consensus parameters', paramsDocument),
  plain('/posts', 'How much is posted in this round, and may be', postTotalsDocument),
  plain('/ethereum', 'What the peg holds of Ethereum', ethereumDocument),
  plain('/domain', 'The EIP-712 domain under which this network is signed for', domainDocument),
  endpoint({
    ...common,
    path: '/final/{height}',
    summary: 'The hash that the peg holds for final of an Ethereum block; the last 256 are kept',
    params: z.strictObject({ height: integerText(0, Number.MAX_SAFE_INTEGER) }),
    query: atHeight,
    answers: [{ status: 200, description: 'the hash', schema: finalDocument }, NOT_MODIFIED],
    run: (request, parts) => answerQuery(`/final/${request.params.height}`, request, parts),
  }),
];

function pageText({ after, limit }: { after?: string | undefined; limit: number }): string {
  return `${after === undefined ? '' : `after=${after}&`}limit=${limit}`;
}

type AtHeight = EndpointRequest<unknown, { height?: number | undefined }, undefined>;

/** Answers at the interface's own tip when no height is asked, so that it never runs ahead of the stream. */
async function answerQuery(path: string, request: AtHeight, { view, feed }: ApiParts): Promise<EndpointReply> {
  const { query, signal, ifNoneMatch } = request;
  const height = query.height ?? feed.tip?.block.height ?? 0;
  // Of blocks in memory alone: no request about some height makes the node read a block.
  const appHash = feed.recent(height)?.block.appHash;
  // Only /state shows the height itself.
  const tag = appHash === undefined ? undefined : `"${path === '/state' ? `${height}-` : ''}${appHash.slice(2)}"`;
  const headers = { 'cache-control': 'no-cache', 'peg-height': `${height}`, ...(tag !== undefined && { etag: tag }) };
  if (tag !== undefined && matches(ifNoneMatch, tag)) return { status: 304, headers };
  const { code, codespace, log, value } = await view.client.queryAt(path, { height }, signal);
  if (code !== 0) throw new CodedError('PEG_QUERY_REFUSED', log, { code, codespace });
  return { status: 200, headers, body: JSON.parse(new TextDecoder().decode(value)) };
}

/** Whether the client has what the tag names (RFC 9110, section 13.1.2: weak comparison). */
function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  return ifNoneMatch?.split(',').some((known) => [tag, '*'].includes(known.trim().replace(/^W\//, ''))) ?? false;
}
