// What the page of a devnet does for its stakers. Only programs and pages of this machine may ask: a page from elsewhere is
// known by its origin, and one that hides behind a name for 127.0.0.1 by the host it asks for.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { devnetDocument, minedStakeDocument, postedDocument } from '../client/documents.ts';
import { textBytes, to0x } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { DevnetPort } from './devnet-port.ts';
import { type ApiParts, type Endpoint, endpoint } from './endpoint.ts';
import { postTransaction } from './post-endpoints.ts';
import { sendProblem } from './problem.ts';

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];
const LOOPBACK_PEERS = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];

const staker = z.int().min(0).max(999).describe('number of the staker');
const stakeRequest = z.strictObject({
  staker,
  action: z.enum(['stake', 'remove']),
  amount: z
    .string()
    .regex(/^[1-9][0-9]{0,37}$/)
    .describe('base units as decimal text'),
});
const orderRequest = z.strictObject({ staker, payload: z.string().max(131_072).describe('what the order says, as text') });

export const devnetEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/devnet',
    tag: 'devnet',
    summary: 'For whom this interface can act',
    answers: [{ status: 200, description: 'the stakers', schema: devnetDocument }],
    problems: [403],
    run: async (_, parts) => ({ status: 200, body: { stakers: portOf(parts).stakers } }),
  }),
  endpoint({
    method: 'POST',
    path: '/devnet/stake',
    tag: 'devnet',
    summary: 'Stakes or removes for a staker; the answer comes when Ethereum has it in a block',
    body: stakeRequest,
    answers: [{ status: 200, description: 'where it is', schema: minedStakeDocument }],
    problems: [403, 409],
    async run({ body }, parts) {
      const { transaction, block } = await portOf(parts).stake({ ...body, amount: BigInt(body.amount) });
      return { status: 200, body: { transaction, block: Number(block) } };
    },
  }),
  endpoint({
    method: 'POST',
    path: '/devnet/order',
    tag: 'devnet',
    summary: 'Signs an order for the current round as a staker and hands it in',
    body: orderRequest,
    answers: [{ status: 202, description: 'the order waits for its block', schema: postedDocument }],
    problems: [403, 409],
    async run({ body, signal }, parts) {
      const { view } = parts;
      const [domain, round] = await Promise.all([view.domain(signal), view.client.query('/round', signal)]);
      const { number } = round as { number: number };
      const order = { type: 'order', round: BigInt(number), payload: textBytes(body.payload) } as const;
      return postTransaction('order', to0x(portOf(parts).sign(body.staker, domain, order)), parts, signal);
    },
  }),
];

/** For fastify's preValidation: answers 403 to what does not come from this machine. */
export async function refuseStrangers(
  { headers: { host = '', origin }, socket }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const here = LOOPBACK_PEERS.includes(socket.remoteAddress ?? '') && LOOPBACK_HOSTS.includes(host.replace(/:[0-9]+$/, ''));
  const ours = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  if (here && ours) return;
  const detail = 'only programs and pages of this machine may act for the stakers of a devnet';
  await sendProblem(reply, { type: 'about:blank', title: 'not from here', status: 403, detail });
}

function portOf({ devnet }: ApiParts): DevnetPort {
  if (devnet === undefined) throw new CodedError('API_NOT_FOUND', 'this node belongs to no devnet', { statusCode: 404 });
  return devnet;
}
