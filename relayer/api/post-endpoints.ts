// Orders and streams: handing one in, what became of it, and those of the last rounds.

import { z } from 'zod';
import { postedDocument, postRequest, postsDocument, transactionDocument } from '../client/documents.ts';
import { hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { CODES } from '../peg/codes.ts';
import { openTransaction } from '../peg/opening.ts';
import { postId } from '../peg/signing.ts';
import { txHash } from './block-record.ts';
import { type ApiParts, addressText, type Endpoint, type EndpointReply, endpoint, integerText } from './endpoint.ts';

const HASH = /^[0-9a-fA-F]{64}$/;
const POSITION = /^(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,8})$/;

const list = z.strictObject({
  round: integerText(0, Number.MAX_SAFE_INTEGER).optional().describe('only of this round'),
  poster: addressText.optional().describe('only of this poster'),
  after: z
    .string()
    .regex(POSITION, 'must be what an earlier page gave as "next"')
    .optional()
    .describe('"next" of the page before'),
  limit: integerText(1, 1_000).default(100).describe('entries of the page'),
  sort: z.enum(['asc', 'desc']).default('asc').describe('oldest or newest first'),
});

const post = (type: 'order' | 'stream'): Endpoint =>
  endpoint({
    method: 'POST',
    path: `/${type}s`,
    tag: 'orders',
    summary: `Hand in a signed ${type}; the answer comes when the node has checked it, before it is in a block`,
    body: postRequest,
    answers: [{ status: 202, description: `the ${type} waits for its block`, schema: postedDocument }],
    problems: [403, 409, 413, 415],
    admit: ({ admission }) => admission.expectRoom(),
    run: (request, parts) => postTransaction(type, request.body.tx, parts, request.signal),
  });

export const postEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/orders',
    tag: 'orders',
    summary: 'Accepted orders and streams of the last rounds, in order of the chain',
    query: list,
    answers: [{ status: 200, description: 'a page', schema: postsDocument }],
    async run({ query }, { posts }) {
      const [height, index] = (query.after ?? '').split('-').map(Number);
      const after = height === undefined || index === undefined ? undefined : { height, index };
      const found = posts.list({ ...query, after, newestFirst: query.sort === 'desc' });
      const last = found.posts.at(-1);
      const next = found.more && last !== undefined ? `${last.height}-${last.index}` : null;
      return { status: 200, body: { orders: found.posts, next, since: posts.since ?? null } };
    },
  }),
  post('order'),
  post('stream'),
  endpoint({
    method: 'GET',
    path: '/transactions/{hash}',
    tag: 'orders',
    summary: 'What became of a transaction that is in a block; 404 while it waits',
    params: z.strictObject({ hash: z.string().regex(HASH, 'must be 64 hex digits') }),
    answers: [{ status: 200, description: 'its place in the chain and its result', schema: transactionDocument }],
    problems: [404],
    run: ({ params, signal }, parts) => showTransaction(params.hash.toUpperCase(), parts, signal),
  }),
];

/** 202 with the id; a refusal is thrown with the protocol's code. */
export async function postTransaction(
  type: 'order' | 'stream',
  text: string,
  { view, posts, admission }: ApiParts,
  signal: AbortSignal,
): Promise<EndpointReply> {
  const bytes = hex(text);
  const domain = await view.domain(signal);
  const opened = openTransaction(domain, bytes);
  if ('code' in opened) throw refusal(opened);
  const { transaction, signer, digest } = opened;
  if (transaction.type !== type)
    throw refusal({ ...CODES.TX_MALFORMED, log: `the transaction is of kind ${transaction.type}, not ${type}` });
  const id = postId(digest, signer);
  // The node's mempool takes a transaction that it has seen for one that waits, accepted or not.
  const known = posts.accepted(id);
  if (known !== undefined)
    throw refusal({ ...CODES.ORDER_DUPLICATE, log: `${type} ${id} was accepted in block ${known.height}` });
  const result = await admission.submit(bytes, signal);
  if (result.code !== 0) throw refusal(result);
  return {
    status: 202,
    body: { id, hash: txHash(bytes), type, poster: signer, round: Number(transaction.round) },
  };
}

async function showTransaction(hash: string, { view, posts, feed }: ApiParts, signal: AbortSignal): Promise<EndpointReply> {
  const outcome = posts.outcome(hash);
  if (outcome !== undefined) {
    const accepted = 'id' in outcome;
    const verdict = accepted
      ? { code: 0, codespace: '', log: '' }
      : { code: outcome.code, codespace: outcome.codespace, log: outcome.log };
    const { height, index } = outcome;
    return { status: 200, body: { hash, height, index, ...verdict, post: accepted ? outcome : null } };
  }
  const found = await view.client.transaction(hash, signal);
  // What is in a block that the interface has not seen yet still waits, as far as its clients can tell.
  if (found === undefined || found.height > (feed.tip?.block.height ?? 0))
    throw new CodedError('API_NOT_FOUND', `no block holds transaction ${hash}`, { statusCode: 404 });
  const { height, index, code, codespace, log } = found;
  const record = code === 0 ? await feed.at(height) : undefined;
  const accepted = record?.posts.find((one) => one.hash === hash);
  return { status: 200, body: { hash, height, index, code, codespace, log, post: accepted ?? null } };
}

function refusal({ code, codespace, log }: { code: number; codespace: string; log: string }): CodedError {
  return new CodedError('PEG_TX_REFUSED', log, { code, codespace });
}
