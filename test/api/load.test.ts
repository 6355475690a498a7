// One node under load: 500 readers of the stream and 1,000 orders a second offered, some of them wrong. No reader may miss an
// accepted order, every refusal has its code, memory stays bounded. How fast it went is printed, not asserted.

import { expect } from 'chai';
import { putUnderLoad, quantile } from '../helpers/load.ts';
import { isRight } from '../helpers/load-offers.ts';
import { type RunningApiNode, startRunningApiNode } from '../helpers/running-api-node.ts';

const LOAD = { readers: 500, ordersASecond: 1_000, seconds: process.env.PEG_LONG === undefined ? 5 : 60, connections: 200 };
const MOST_RESIDENT_BYTES = 1.5 * 2 ** 30;

describe('a node under load', () => {
  let node: RunningApiNode;
  before(async () => {
    node = await startRunningApiNode();
  });
  after(() => node?.close());

  it(`serves ${LOAD.readers} readers while ${LOAD.ordersASecond} orders a second come for ${LOAD.seconds} s`, async function () {
    this.timeout(30 * 60_000);
    const { posters, readers, node: used } = await putUnderLoad(node, LOAD);
    expect(posters.failures.slice(0, 5), 'each answer is right').to.deep.equal([]);
    expect(readers.failures.slice(0, 5), 'every reader got everything once').to.deep.equal([]);
    const streamed = new Set(readers.seen.map(({ id }) => id));
    expect(
      posters.accepted.filter(({ id }) => !streamed.has(id)),
      'none is missing',
    ).to.deep.equal([]);
    // An answer that came too late may stand for an order that was taken; nothing else may be there.
    expect(
      readers.seen.filter(({ number }) => !isRight(number)),
      'none is wrong',
    ).to.deep.equal([]);
    expect(used.peakBytes).to.be.below(MOST_RESIDENT_BYTES);

    const sentAt = new Map(posters.accepted.map((order) => [order.id, order.sentAt]));
    const inclusion = readers.seen.flatMap(({ id, seenAt }) => (sentAt.has(id) ? [seenAt - (sentAt.get(id) as number)] : []));
    const ms = (values: readonly number[], share: number) => `${Math.round(quantile(values, share))} ms`;
    const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
    console.log(
      `      ${posters.answerMs.length} orders offered in ${posters.seconds.toFixed(1)} s, ${posters.accepted.length} accepted, ` +
        `${readers.seen.length * LOAD.readers} deliveries; answer p50 ${ms(posters.answerMs, 0.5)} p99 ${ms(posters.answerMs, 0.99)}, ` +
        `on the stream p50 ${ms(inclusion, 0.5)} p99 ${ms(inclusion, 0.99)}; memory ${mib(used.idleBytes)} idle, ` +
        `${mib(used.peakBytes)} at most, ${used.cpuSeconds.toFixed(1)} s of processor time`,
    );
    console.log(`      refused: ${JSON.stringify(posters.refusals)}`);
  });
});
