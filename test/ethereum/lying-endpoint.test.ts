// One view of Ethereum over one endpoint that misbehaves in every way of the list, on a real chain with real events: what
// comes out is what happened, or an error with a code, and the truth again when the endpoint is honest again.

import { expect } from 'chai';
import { type OpenEthereum, openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { foldEvent } from '../../relayer/peg/fold.ts';
import { eventually } from '../helpers/eventually.ts';
import { ENDPOINT_FAULTS, type EndpointFault, type LyingEndpoint, startLyingEndpoint } from '../helpers/lying-endpoint.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';

const SEED = Number(process.env.PEG_TEST_SEED ?? 20_261);
const EVENTS = 4;

/** Faults that say nothing false about buried blocks: what they answer may be taken. */
const HARMLESS: readonly EndpointFault[] = ['has a stale head', 'has a head that goes back', 'names another chain'];

describe(`an endpoint that misbehaves (seed ${SEED})`, () => {
  let chain: StakingChain;
  let fork: StakingChain;
  let endpoint: LyingEndpoint;
  let first: bigint;
  let last: bigint;
  let truth: string;

  const open = (url: string): Promise<OpenEthereum> =>
    openEthereum(
      {
        url,
        contract: chain.contract,
        fold: foldEvent,
        finalityThreshold: 2n,
        timeoutMs: 1_000,
        pollIntervalMs: 20,
        retryDelayMs: 5,
      },
      { log: silentLog, clock: systemClock },
    );
  const read = async ({ view }: OpenEthereum) =>
    JSON.stringify(
      (await view.blocks(first, last)).map(({ header, logs, after }) => ({ header, logs, after })),
      (_, value) => (typeof value === 'bigint' ? value.toString() : value),
    );

  before(async () => {
    [chain, fork] = await Promise.all([startStakingChain(), startStakingChain()]);
    first = chain.startBlock + 1n;
    await chain.stake(1, 1_000n);
    await chain.stakeTogether([2, 3, 4], 2_000n);
    await chain.mine(4);
    await fork.stake(5, 7n);
    await fork.mine(40);
    const honest = await open(chain.url);
    last = (honest.view.head()?.number ?? 0n) - 2n;
    truth = await read(honest);
    await honest.close();
    expect(JSON.parse(truth).flatMap(({ logs }: { logs: unknown[] }) => logs)).to.have.lengthOf(EVENTS);
  });

  after(async () => {
    await chain.close();
    await fork.close();
  });

  beforeEach(async () => {
    endpoint = await startLyingEndpoint({ target: chain.url, fork: fork.url, seed: SEED });
  });

  afterEach(() => endpoint.close());

  for (const fault of ENDPOINT_FAULTS)
    it(`that ${fault} brings no false block into the view`, async () => {
      const ethereum = await open(endpoint.url);
      try {
        await endpoint.misbehave(fault);
        const outcome = await read(ethereum).then(
          (blocks) => ({ blocks }),
          (error: { code?: string }) => ({ code: error.code }),
        );
        if ('blocks' in outcome) expect(outcome.blocks, 'blocks').to.equal(truth);
        else expect(outcome.code, 'the code of the error').to.match(/^ETH_/);
        if (!HARMLESS.includes(fault)) expect(endpoint.spoilt, 'answers that were spoilt').to.be.greaterThan(0);
        endpoint.heal();
        await eventually('the truth after the fault', async () => (await read(ethereum)) === truth);
      } finally {
        await ethereum.close();
      }
    });
});
