// Proofs for users: the raw record, the path from it to the app hash, and the header and signatures that vouch for that hash.
// The app hash after block H stands in the header of block H + 1, so what is proved is the state before the newest block.

import { z } from 'zod';
import { lightBlockDocument, proofDocument } from '../client/documents.ts';
import { fieldsOf, listOf, numberOf } from '../comet/answer-fields.ts';
import { to0x } from '../lib/bytes.ts';
import { CodedError, hasCode } from '../lib/errors.ts';
import { CODES } from '../peg/codes.ts';
import { decodeBalance, decodeLimit, decodeRound } from '../peg/tables.ts';
import { type ApiParts, addressText, type Endpoint, type EndpointReply, endpoint, pegHeightText } from './endpoint.ts';

const query = z.strictObject({
  height: pegHeightText.optional().describe('peg height of the state; a block must have followed it'),
});
const answers = [{ status: 200, description: 'value, proof, header and signatures', schema: proofDocument }];
const common = { method: 'GET', tag: 'proofs', query, answers, problems: [404] } as const;

export const proofEndpoints: readonly Endpoint[] = [
  endpoint({
    ...common,
    path: '/proof/{kind}/{address}',
    summary: 'Proves the balance or the limit of an address, also that there is none',
    params: z.strictObject({ kind: z.enum(['balance', 'limit']), address: addressText }),
    run: ({ params: { kind, address }, query: { height }, signal }, parts) =>
      prove(`/${kind}/${address}`, height, parts, signal, (raw) =>
        kind === 'balance'
          ? { address, balance: (raw.length === 0 ? 0n : decodeBalance(raw)).toString() }
          : { address, ...limitOf(raw) },
      ),
  }),
  endpoint({
    ...common,
    path: '/proof/round',
    summary: 'Proves the round',
    run: ({ query: { height }, signal }, parts) =>
      prove('/round', height, parts, signal, (raw) => {
        const { number, startsAt, endsAt, limit } = decodeRound(raw);
        return { number: Number(number), startsAt: Number(startsAt), endsAt: Number(endsAt), limit: Number(limit) };
      }),
  }),
  endpoint({
    method: 'GET',
    tag: 'proofs',
    path: '/light-blocks/{height}',
    summary: 'Header, signatures and validators of a block, as the JSON-RPC of the node gives them: for light clients',
    params: z.strictObject({ height: pegHeightText }),
    answers: [{ status: 200, description: 'the block', schema: lightBlockDocument }],
    problems: [404],
    run: ({ params: { height }, signal }, parts) => showLightBlock(height, parts, signal),
  }),
];

const VALIDATORS_PER_PAGE = 100;

async function showLightBlock(height: number, { view: { client }, feed }: ApiParts, signal: AbortSignal): Promise<EndpointReply> {
  const tip = feed.tip?.block.height ?? 0;
  if (height > tip) throw notKept(`there is no block ${height} yet, the last is ${tip}`);
  const { header, commit } = await client.commit(height, signal).catch((error: unknown) => {
    if (hasCode(error, 'PEG_RPC_REFUSED')) throw notKept(`the node does not have block ${height}`);
    throw error;
  });
  const validators: unknown[] = [];
  for (let page = 1; ; page++) {
    const params = { height: `${height}`, page: `${page}`, per_page: `${VALIDATORS_PER_PAGE}` };
    const answer = fieldsOf(await client.call('validators', params, signal), 'validators');
    const more = listOf(answer, 'validators');
    validators.push(...more);
    if (more.length === 0 || validators.length >= numberOf(answer, 'total')) break;
  }
  return { status: 200, body: { header, commit, validators } };
}

function limitOf(raw: Uint8Array) {
  const { orderLimit, streamLimit } = raw.length === 0 ? { orderLimit: 0n, streamLimit: 0n } : decodeLimit(raw);
  return { orderLimit: Number(orderLimit), streamLimit: Number(streamLimit) };
}

async function prove(
  path: string,
  wanted: number | undefined,
  { view, feed }: ApiParts,
  signal: AbortSignal,
  inWords: (raw: Uint8Array) => unknown,
): Promise<EndpointReply> {
  const tip = feed.tip?.block.height ?? 0;
  const height = wanted ?? tip - 1;
  if (height < 1 || height >= tip) throw notKept(`no block has followed height ${height} yet, the last is ${tip}`);
  const answer = await view.client.queryAt(path, { height, prove: true }, signal);
  if (answer.code !== 0) throw new CodedError('PEG_QUERY_REFUSED', answer.log, { ...answer });
  const { header, commit, appHash } = await view.client.commit(height + 1, signal);
  const proof = answer.proof.map(({ type, key, data }) => ({ type, key: to0x(key), data: to0x(data) }));
  const { key, value } = answer;
  return {
    status: 200,
    headers: { 'cache-control': 'no-cache', 'peg-height': `${height}` },
    body: { height, key: to0x(key), value: to0x(value), document: inWords(value), proof, appHash, header, commit },
  };
}

function notKept(log: string): CodedError {
  const { code, codespace } = CODES.QUERY_HEIGHT;
  return new CodedError('PEG_QUERY_REFUSED', log, { code, codespace });
}
