// The desk that acts for the stakers of a devnet, for as long as it runs: whoever has used up his ether is given more.

import { expect } from 'chai';
import { openEthereumAccess } from '../../relayer/devnet/ethereum-access.ts';
import { foundNetwork } from '../../relayer/devnet/found-network.ts';
import { devnetValidators } from '../../relayer/devnet/genesis.ts';
import { type LocalEthereum, startLocalEthereum } from '../../relayer/devnet/local-ethereum.ts';
import { Outbox } from '../../relayer/devnet/outbox.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import { StakingDesk } from '../../relayer/devnet/staking-desk.ts';
import { systemClock } from '../../relayer/lib/clock.ts';

describe('the desk of a devnet', () => {
  let local: LocalEthereum;
  before(async () => {
    local = await startLocalEthereum(0);
  });
  after(() => local?.close());

  it('stakes and removes for a staker without tokens, allowance or ether', async () => {
    const context = { clock: systemClock, signal: new AbortController().signal };
    const ethereum = await openEthereumAccess(local.url, context);
    const outbox = await Outbox.open(ethereum.call, ethereum.chainId);
    const aBlock = () => ethereum.mining.mine(1);
    const settled = async () => {
      while ((await outbox.resend()) > 0) await aBlock();
    };
    const { deployment } = await foundNetwork(
      {
        ...{ engine: { kind: 'embedded' }, powers: [1], stakes: DEFAULT_STAKES, ethereumUrls: [], http: false },
        params: { finalityThreshold: 6n, periodLength: 20n, periodLimit: 100n, maxOrderBytes: 100n },
        blockIntervalMs: 50,
      },
      undefined,
      { ethereum, outbox, set: devnetValidators([1]), settled, aBlock, now: () => 0 },
    );
    const desk = new StakingDesk({ ethereum, deployment, stakers: 4, deployerKey: undefined }, context);
    for (const [action, amount, staked] of [
      ['stake', 10n, 10n],
      ['stake', 5n, 15n],
      ['remove', 4n, 11n],
    ] as const) {
      await ethereum.call('hardhat_setBalance', [desk.stakers[3], '0x0']);
      await desk.stake({ staker: 3, action, amount });
      expect(await desk.staked(3), `${action} ${amount}`).to.equal(staked);
    }
  });
});
