// CometBFT made to exit at each of its own crash points, on one node of a network with stakes and orders: around the writes of
// its log, of the block, of FinalizeBlock's answer, of Commit and of its state. Whatever was on disk at that moment, the node
// comes back to the network's history.
// Source: CometBFT internal/fail: FAIL_TEST_INDEX=n ends the process at the n-th crash point that it passes. A height that the
// node votes for has eleven: two votes, five points in consensus/state.go, four in state/execution.go.

import { expect } from 'chai';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { hasFailed } from '../helpers/has-failed.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';
import { History } from './history.ts';
import { PegNetwork } from './peg-network.ts';
import { Traffic } from './traffic.ts';

const POINTS = 11;
const CRASHING = 2;

await describeWithCometBft('CometBFT: crash points', (binary) => {
  let chain: StakingChain;
  let network: PegNetwork;
  let traffic: Traffic;
  let history: History;

  before(async () => {
    chain = await startStakingChain();
    network = await PegNetwork.start(chain, { binary, powers: [1, 1, 1, 1] });
    traffic = new Traffic(chain, 1, () => network.client(0));
    history = new History(chain, traffic);
    await traffic.step();
    await history.expectWhole(await allClients());
  });
  after(async function () {
    await network?.close({ keep: hasFailed(this) });
    traffic?.close();
    await chain?.close();
  });

  const allClients = () => Promise.all(network.set.map((_, index) => network.client(index)));

  for (let point = 0; point < POINTS; point++)
    it(`point ${point}: the node comes back, nothing is lost or doubled`, async () => {
      await network.stop(CRASHING);
      // The engine may pass the point before it answers; then it is the start that fails.
      const early = await network.start(CRASHING, { env: { FAIL_TEST_INDEX: String(point) } }).then(
        () => undefined,
        (error: unknown) => error,
      );
      await traffic.step();
      if (early === undefined) {
        expect((await network.engine(CRASHING).engineExit()).lastLines.join('\n')).to.include(`*** fail-test ${point} ***`);
        await network.stop(CRASHING);
      } else if (hasCode(early, 'COMETBFT_ENDED')) {
        expect((early.data.lastLines as readonly string[]).join('\n')).to.include(`*** fail-test ${point} ***`);
      } else throw early;
      await traffic.step();
      await network.start(CRASHING);
      await history.expectWhole(await allClients());
    });

  it('called every application in the order of the grammar', () => {
    for (const [index] of network.set.entries())
      for (const { calls, options } of network.lives.of(index))
        expect(checkCallLog(calls, options), `node ${index}`).to.equal(undefined);
  });
});
