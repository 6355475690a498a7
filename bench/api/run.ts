// How many orders one node takes in while many read them, in processes of their own on one machine:
//   node --import tsx bench/api/run.ts [ORDERS_A_SECOND] [SECONDS] [READERS] [CONNECTIONS] [cometbft]
// on the embedded engine, or on CometBFT (`npm run cometbft:install`), which is then one more process.
// Prints orders and deliveries a second, how long answer and stream took, and the processor time of each side. At least one
// must read, so that what was accepted can be looked for.

import { cometBinary } from '../../test/helpers/comet-binary.ts';
import { putUnderLoad, quantile } from '../../test/helpers/load.ts';
import { startRunningApiNode } from '../../test/helpers/running-api-node.ts';
import { rounded } from '../abci/table.ts';

const [numbers, [engine]] = [process.argv.slice(2, 6).map(Number), process.argv.slice(6)];
const [ordersASecond = 1_000, seconds = 60, readers = 500, connections = 200] = numbers;

const binary = engine === 'cometbft' ? await cometBinary() : undefined;
if (engine !== undefined && binary === undefined) throw new Error(`there is no ${engine}: npm run cometbft:install`);

const node = await startRunningApiNode(binary);
try {
  const report = await putUnderLoad(node, { ordersASecond, seconds, readers, connections });
  const { posters, readers: read } = report;
  const sentAt = new Map(posters.accepted.map((order) => [order.id, order.sentAt]));
  const seenAt = read.seen.map((order) => order.seenAt);
  const streamMs = read.seen.flatMap(({ id, seenAt: at }) => (sentAt.has(id) ? [at - (sentAt.get(id) as number)] : []));
  const streamSeconds = (quantile(seenAt, 1) - quantile([...sentAt.values()], 0)) / 1_000;
  const times = (values: readonly number[]) => [0.5, 0.99, 1].map((share) => rounded(quantile(values, share), 0)).join(' / ');
  const cpu = (used: number) => `${rounded(used, 1)} s, ${rounded(used / posters.seconds, 2)} of a core`;
  const mib = (bytes: number) => rounded(bytes / 2 ** 20, 0);
  const lines = [
    ['offered', `${posters.answerMs.length} orders in ${rounded(posters.seconds, 1)} s, a tenth of them wrong`],
    ['accepted', `${posters.accepted.length}, ${rounded(read.seen.length / streamSeconds, 0)} a second on the stream`],
    ['answers', `${rounded(posters.answerMs.length / posters.seconds, 0)} a second`],
    ['deliveries', `${rounded((read.seen.length * readers) / streamSeconds, 0)} a second in ${read.messages} messages a reader`],
    ['answer, p50 / p99 / most, ms', times(posters.answerMs)],
    ['first on the stream, p50 / p99 / most, ms', times(streamMs)],
    ['processor time of the node', cpu(report.node.cpuSeconds)],
    ['of the readers', cpu(read.cpuSeconds)],
    ['of those who post', cpu(posters.cpuSeconds)],
    ['memory of the node, idle / most, MiB', `${mib(report.node.idleBytes)} / ${mib(report.node.peakBytes)}`],
    ['refused', JSON.stringify(posters.refusals)],
  ] as const;
  for (const [what, value] of lines) console.log(`${`${what}:`.padEnd(46)}${value}`);
  const failures = [...posters.failures, ...read.failures];
  for (const failure of failures.slice(0, 10)) console.error(failure);
  if (failures.length > 0) process.exitCode = 1;
} finally {
  await node.close();
}
