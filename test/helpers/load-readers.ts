// Many readers of a node's stream of orders: `fork(THIS, [URL, COUNT])`. Whoever gets a message first looks what is in it;
// all others must get the same bytes.

import process from 'node:process';
import { WebSocket } from 'ws';
import { cpuSeconds, type LoadCommand, type LoadEvent, now, type SeenOrder } from './load-messages.ts';
import { numberOf } from './load-offers.ts';

const [url = '', count = '1'] = process.argv.slice(2);
const READERS = Number(count);
/** A few at a time: on a busy machine each must send its request within the server's patience. */
const AT_ONCE = 20;
const LOOK_MS = 50;
/** So long nothing may come before what is missing counts as lost. */
const SILENCE_MS = 60_000;

const messages: Buffer[] = [];
const seen = new Map<string, SeenOrder>();
const counts = new Array<number>(READERS).fill(0);
const failures: string[] = [];
let lastAt = now();
const tell = (event: LoadEvent) => process.send?.(event);

function take(reader: number, data: Buffer): void {
  if (!data.subarray(0, 30).includes('"orders"')) return;
  const place = counts[reader] as number;
  counts[reader] = place + 1;
  lastAt = now();
  const first = messages[place];
  if (first === undefined) {
    messages[place] = data;
    for (const { id, payload } of JSON.parse(data.toString()).data as { id: string; payload: string }[]) {
      if (seen.has(id)) failures.push(`order ${id} came twice`);
      seen.set(id, { id, number: numberOf(payload), seenAt: now() });
    }
  } else if (!first.equals(data)) failures.push(`reader ${reader} got another message ${place}`);
}

function connect(reader: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/stream?channels=orders&from=1`, { perMessageDeflate: false });
    socket.on('message', (data: Buffer) => {
      resolve();
      take(reader, data);
    });
    socket.on('error', reject);
    socket.on('close', (code, reason) => failures.push(`reader ${reader} was dropped: ${code} ${reason}`));
  });
}

/** Waits until every reader has all that was accepted, or somebody has failed. */
async function report(ids: readonly string[], before: number): Promise<void> {
  const done = () => ids.every((id) => seen.has(id)) && counts.every((number) => number === messages.length);
  while (failures.length === 0 && !done() && now() - lastAt < SILENCE_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const missing = ids.filter((id) => !seen.has(id)).length;
  const behind = counts.filter((number) => number < messages.length).length;
  if (missing + behind > 0) failures.push(`${missing} accepted orders did not come, ${behind} readers have less than others`);
  tell({
    report: { seen: [...seen.values()], messages: messages.length, failures, cpuSeconds: cpuSeconds() - before },
  });
}

for (let reader = 0; reader < READERS; reader += AT_ONCE)
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, READERS - reader) }, (_, i) => connect(reader + i)));
let before = cpuSeconds();
process.on('message', (command: LoadCommand) => {
  if ('begin' in command) before = cpuSeconds();
  else void report(command.expect, before);
});
process.on('disconnect', () => process.exit(0));
tell({ ready: true });
