// CometBFT made to exit at each of its own crash points, on one node of a network with stakes and orders: around the writes of
// its log, of the block, of FinalizeBlock's answer, of Commit and of its state. Whatever was on disk at that moment, the node
// comes back to the network's history.
// Source: CometBFT internal/fail: FAIL_TEST_INDEX=n ends the process at the n-th crash point that it passes. A height that the
// node votes for has eleven: two votes, five points in consensus/state.go, four in state/execution.go.

import { expect } from 'chai';
import { hasCode } from '../../relayer/lib/errors.ts';
import { pegScene } from './peg-network.ts';
import { describeScene } from './scene.ts';

const POINTS = 11;
const CRASHING = 2;

const SCENE = pegScene({ powers: [1, 1, 1, 1] }, { seed: 1 });

await describeScene('CometBFT: crash points', SCENE, (scene) => {
  for (let point = 0; point < POINTS; point++)
    it(`point ${point}: the node comes back, nothing is lost or doubled`, async () => {
      await scene.network.stop(CRASHING);
      // The engine may pass the point before it answers; then it is the start that fails.
      const early = await scene.network.start(CRASHING, { env: { FAIL_TEST_INDEX: String(point) } }).then(
        () => undefined,
        (error: unknown) => error,
      );
      await scene.traffic.step();
      if (early === undefined) {
        expect((await scene.network.engine(CRASHING).engineExit()).lastLines.join('\n')).to.include(`*** fail-test ${point} ***`);
        await scene.network.stop(CRASHING);
      } else if (hasCode(early, 'COMETBFT_ENDED')) {
        expect((early.data.lastLines as readonly string[]).join('\n')).to.include(`*** fail-test ${point} ***`);
      } else throw early;
      await scene.traffic.step();
      await scene.network.start(CRASHING);
      await scene.expectWhole();
    });

  it('called every application in the order of the grammar', () => scene.expectGrammar());
});
