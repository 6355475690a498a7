// One node under load: 500 readers of the stream and 1,000 orders a second offered, some of them wrong. No reader may miss an
// accepted order, every refusal has its code, memory stays bounded. How fast it went is printed, not asserted.

import { Agent, request } from 'node:http';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { eventually } from '../helpers/eventually.ts';
import { type RunningApiNode, startRunningApiNode } from '../helpers/running-api-node.ts';

const READERS = 500;
const ORDERS_A_SECOND = 1_000;
const SECONDS = process.env.PEG_LONG === undefined ? 5 : 60;
const MOST_RESIDENT_BYTES = 1.5 * 2 ** 30;
const STAKERS = 4;
/** What a node says that has too much to do. */
const LATER = ['busy', 'mempool-full', 'peg_unreachable', 'timeout', 'too-many-requests'].map((name) => `urn:peg:${name}`);

interface Offer {
  readonly tx: string;
  /** Undefined: the order is right. */
  readonly refusal?: { readonly status: number; readonly type: string };
}

describe('a node under load', () => {
  let node: RunningApiNode;
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const sockets: WebSocket[] = [];
  before(async () => {
    node = await startRunningApiNode();
  });
  after(async () => {
    for (const socket of sockets) socket.terminate();
    agent.destroy();
    await node?.close();
  });

  const keys = Array.from({ length: STAKERS + 1 }, (_, i) => hex(stakerWallet(i).privateKey));
  const sign = (staker: number, number: number, round = 1n) =>
    to0x(
      signTransaction(node.domain, { type: 'order', round, payload: textBytes(`order ${number}`) }, keys[staker] as Uint8Array),
    );

  /** Every tenth is wrong, each kind in turn. */
  const offer = (number: number): Offer => {
    const refused = (tx: string, status: number, name: string) => ({ tx, refusal: { status, type: `urn:peg:refused:${name}` } });
    if (number % 10 !== 9) return { tx: sign(number % STAKERS, number) };
    const kind = Math.floor(number / 10) % 4;
    if (kind === 0) return refused(sign(0, number, 2n), 409, 'order_round');
    if (kind === 1) return refused(sign(STAKERS, number), 403, 'order_unknown_poster');
    if (kind === 2) return refused('0xc0', 400, 'tx_malformed');
    return refused(`${sign(0, number).slice(0, -2)}00`, 400, 'tx_bad_signature');
  };

  const post = (tx: string) =>
    new Promise<{ status: number; body: Record<string, string> }>((resolve, reject) => {
      const body = JSON.stringify({ tx });
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const sent = request(`${node.url}/orders`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });

  it(`serves ${READERS} readers while ${ORDERS_A_SECOND} orders a second come for ${SECONDS} s`, async function () {
    this.timeout(30 * 60_000);
    // The k-th message on orders, as whoever got it first saw it; all others must get the same.
    const messages: Buffer[] = [];
    const seenAt = new Map<string, number>();
    const counts = new Array<number>(READERS).fill(0);
    const failures: string[] = [];
    const take = (reader: number, data: Buffer) => {
      if (!data.subarray(0, 30).includes('"orders"')) return;
      const number = counts[reader] as number;
      counts[reader] = number + 1;
      const first = messages[number];
      if (first === undefined) {
        messages[number] = data;
        for (const { id } of JSON.parse(data.toString()).data as { id: string }[]) seenAt.set(id, performance.now());
      } else if (!first.equals(data)) failures.push(`reader ${reader} got another message ${number}`);
    };
    const connectOne = (reader: number) =>
      new Promise<void>((resolve, reject) => {
        const socket = new WebSocket(`${node.url.replace('http', 'ws')}/stream?channels=orders&from=1`);
        sockets.push(socket);
        socket.on('message', (data: Buffer) => {
          resolve();
          take(reader, data);
        });
        socket.on('error', reject);
        socket.on('close', (code, reason) => failures.push(`reader ${reader} was dropped: ${code} ${reason}`));
      });
    // A few at a time: on a busy machine this process must send each its request within the server's patience.
    for (let reader = 0; reader < READERS; reader += 20)
      await Promise.all(Array.from({ length: 20 }, (_, i) => connectOne(reader + i)));

    const idle = await node.residentBytes();
    let peak = idle;
    const workedBefore = await node.processorSeconds();
    const accepted = new Map<string, number>();
    const latencies: number[] = [];
    const refusals: Record<string, number> = {};
    const begun = performance.now();
    const total = ORDERS_A_SECOND * SECONDS;
    const pending = new Set<Promise<void>>();
    const one = async (number: number) => {
      const { tx, refusal } = offer(number);
      const sentAt = performance.now();
      const { status, body } = await post(tx);
      latencies.push(performance.now() - sentAt);
      if (status === 202) accepted.set(body.id ?? '', sentAt);
      else refusals[`${status} ${body.type}`] = (refusals[`${status} ${body.type}`] ?? 0) + 1;
      // An order that is right is taken, or told to come later.
      const later = [429, 503].includes(status) && LATER.includes(body.type ?? '');
      const right = refusal === undefined ? status === 202 : status === refusal.status && body.type === refusal.type;
      if (!right && !later) failures.push(`order ${number}: ${status} ${JSON.stringify(body)}`);
    };
    // As many as are due by the clock, whether or not the earlier ones were answered.
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.ceil(((performance.now() - begun) * ORDERS_A_SECOND) / 1_000));
      for (; sent < due && pending.size < 5_000; sent++) {
        const task: Promise<void> = one(sent).finally(() => pending.delete(task));
        pending.add(task);
      }
      if (sent % 1_000 < 50) peak = Math.max(peak, await node.residentBytes());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(pending);
    const offeredSeconds = (performance.now() - begun) / 1_000;

    await eventually('every accepted order is on the stream', async () => [...accepted.keys()].every((id) => seenAt.has(id)), {
      deadlineMs: 300_000,
    });
    await eventually('every reader has every message', async () => counts.every((count) => count === messages.length), {
      deadlineMs: 300_000,
    });
    peak = Math.max(peak, await node.residentBytes());
    expect(failures.slice(0, 5)).to.deep.equal([]);
    const posts = messages.flatMap((message) => JSON.parse(message.toString()).data as { id: string; payload: string }[]);
    const streamed = new Set(posts.map(({ id }) => id));
    expect(streamed.size, 'each once').to.equal(posts.length);
    expect(
      [...accepted.keys()].filter((id) => !streamed.has(id)),
      'none is missing',
    ).to.deep.equal([]);
    // An answer that came too late may stand for an order that was taken; nothing else may be there.
    const right = new Set(Array.from({ length: total }, (_, i) => i).filter((i) => offer(i).refusal === undefined));
    for (const { payload } of posts) expect(right.has(Number(new TextDecoder().decode(hex(payload)).slice(6)))).to.equal(true);
    expect(peak).to.be.below(MOST_RESIDENT_BYTES);

    const inclusion = [...accepted].map(([id, sentAt]) => (seenAt.get(id) ?? 0) - sentAt);
    const worked = (await node.processorSeconds()) - workedBefore;
    const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
    console.log(
      `      ${total} orders offered in ${offeredSeconds.toFixed(1)} s, ${accepted.size} accepted, ${posts.length * READERS} deliveries; ` +
        `answer p50 ${quantile(latencies, 0.5)} p99 ${quantile(latencies, 0.99)}, on the stream p50 ${quantile(inclusion, 0.5)} ` +
        `p99 ${quantile(inclusion, 0.99)}; memory ${mib(idle)} idle, ${mib(peak)} at most, ${worked.toFixed(1)} s of processor time`,
    );
    console.log(`      refused: ${JSON.stringify(refusals)}`);
  });
});

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)} ms`;
}
