// Events of a long past without its headers: right on a real chain, refused when an endpoint tells something else.

import { expect } from 'chai';
import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { foldEvent } from '../../relayer/peg/fold.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { type LongChain, longChain } from '../helpers/long-chain.ts';
import { type EndpointFault, type LyingEndpoint, startLyingEndpoint } from '../helpers/lying-endpoint.ts';

const EVENTS = 40;
const NOTHING = { nonce: 0n, accumulator: `0x${'00'.repeat(32)}` } as const;

describe('events since a block', () => {
  let chain: LongChain;
  let liar: LyingEndpoint;
  before(async () => {
    chain = await longChain(1_500, EVENTS);
    liar = await startLyingEndpoint({ target: chain.url, seed: 20_266 });
  });
  after(async () => {
    await liar?.close();
    await chain?.close();
  });
  afterEach(() => liar.heal());

  /** What the events are according to these endpoints, while `fault` holds. */
  async function read(urls: readonly string[], fault?: EndpointFault) {
    const options = { url: urls, contract: chain.contract, fold: foldEvent, finalityThreshold: 6n, agreement: 1 };
    const ethereum = await openEthereum(options, { log: silentLog, clock: systemClock });
    try {
      if (fault !== undefined) await liar.misbehave(fault);
      const { hash } = await ethereum.view.header(chain.to - 6n);
      return await ethereum.view.eventsSince({ number: chain.from - 1n, commitment: NOTHING }, hash);
    } finally {
      await ethereum.close();
    }
  }

  it('are all of them, in order, and proved', async () => {
    const { events, proved } = await read([chain.url]);
    expect(proved).to.equal(true);
    expect(events.map(({ log }) => log.nonce)).to.deep.equal(Array.from({ length: EVENTS }, (_, index) => BigInt(index + 1)));
    for (const [index, { number }] of events.entries())
      expect(number >= (events[index - 1]?.number ?? chain.from)).to.equal(true);
  });

  for (const fault of ['drops a log', 'alters a log', 'duplicates a log', 'reorders logs', 'answers no logs'] as const)
    it(`are refused when the only endpoint ${fault}`, async () => {
      expect(await codeRejected(read([liar.url], fault))).to.equal('ETH_FOLD_MISMATCH');
    });

  it('come from another endpoint when one lies', async () => {
    const { events, proved } = await read([liar.url, chain.url], 'answers half of the logs');
    expect([events.length, proved]).to.deep.equal([EVENTS, true]);
  });
});
