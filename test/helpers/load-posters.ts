// Offers orders to a node as fast as planned, whether or not the earlier ones were answered: `fork(THIS, [PLAN as JSON])`.
// They are signed beforehand, so that this process takes as little as it can of the machine that it shares with the node.

import { Agent, get, request } from 'node:http';
import process from 'node:process';
import { type AcceptedOrder, cpuSeconds, type LoadCommand, type LoadEvent, type LoadPlan, now } from './load-messages.ts';
import { type Offer, offersTo } from './load-offers.ts';

/** What a node says that has too much to do. */
const LATER = ['busy', 'mempool-full', 'peg_unreachable', 'timeout', 'too-many-requests'].map((name) => `urn:peg:${name}`);

const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan;
const agent = new Agent({ keepAlive: true, maxSockets: plan.connections, maxFreeSockets: plan.connections });
const offer = offersTo({ ...plan.domain, chainId: BigInt(plan.domain.chainId) });
const offers = Array.from({ length: plan.ordersASecond * plan.seconds }, (_, number) => offer(number));

const accepted: AcceptedOrder[] = [];
const answerMs: number[] = [];
const refusals: Record<string, number> = {};
const failures: string[] = [];

interface Posted {
  readonly status: number;
  readonly body: Record<string, string>;
  /** When there was a connection for it. */
  readonly sentAt: number;
}

function post(tx: string): Promise<Posted> {
  return new Promise((resolve, reject) => {
    let sentAt = now();
    const body = JSON.stringify({ tx });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(`${plan.url}/orders`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), sentAt }));
      response.on('error', reject);
    });
    sent.on('socket', () => {
      sentAt = now();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Opens a connection, or uses one that waits. */
function connect(): Promise<void> {
  return new Promise((resolve, reject) => {
    get(`${plan.url}/healthz`, { agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}

async function one(number: number, { tx, refusal }: Offer): Promise<void> {
  const { status, body, sentAt } = await post(tx);
  answerMs.push(now() - sentAt);
  if (status === 202) accepted.push({ id: body.id ?? '', number, sentAt });
  else refusals[`${status} ${body.type}`] = (refusals[`${status} ${body.type}`] ?? 0) + 1;
  // An order that is right is taken, or told to come later.
  const later = [429, 503].includes(status) && LATER.includes(body.type ?? '');
  const right = refusal === undefined ? status === 202 : status === refusal.status && body.type === refusal.type;
  if (!right && !later) failures.push(`order ${number}: ${status} ${JSON.stringify(body)}`);
}

async function offerAll(): Promise<void> {
  const before = cpuSeconds();
  const begun = now();
  const answers: Promise<void>[] = [];
  while (answers.length < offers.length) {
    const due = Math.min(offers.length, Math.ceil(((now() - begun) * plan.ordersASecond) / 1_000));
    for (let number = answers.length; number < due; number++)
      answers.push(one(number, offers[number] as Offer).catch((error) => void failures.push(`order ${number}: ${error}`)));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(answers);
  const report = { seconds: (now() - begun) / 1_000, accepted, answerMs, refusals, failures, cpuSeconds: cpuSeconds() - before };
  tell({ report });
  agent.destroy();
}

const tell = (event: LoadEvent) => process.send?.(event);

process.on('message', (command: LoadCommand) => {
  if ('begin' in command) void offerAll();
});
process.on('disconnect', () => process.exit(0));
await Promise.all(Array.from({ length: plan.connections }, connect));
tell({ ready: true });
