// The embedded engine for nodes that start on their own: it waits for all, and lets a node leave and come back.

import { expect } from 'chai';
import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { type Consensus, type EmbeddedConsensus, embeddedConsensus } from '../../relayer/node/consensus.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { failure } from '../helpers/failure.ts';

const ETHEREUM = {
  chainId: 1n,
  stakingContract: `0x${'c0'.repeat(20)}`,
  startBlock: 1n,
  startBlockHash: `0x${'01'.repeat(32)}`,
} as const;
const PARAMS = { finalityThreshold: 2n, periodLength: 5n, periodLimit: 1000n, maxOrderBytes: 8192n };

describe('embedded consensus', () => {
  let consensus: EmbeddedConsensus | undefined;

  afterEach(() => consensus?.close());

  function begin(powers: readonly number[], rpcPort: number | null = 0): Consensus[] {
    const set = devnetValidators(powers);
    const nodes = set.map(({ name, consensusSeed }) => ({
      name,
      privateKey: consensusSeed,
      ...(rpcPort !== null && { rpcPort }),
    }));
    const genesis = devnetGenesis(set, ETHEREUM, PARAMS, new Date(0));
    consensus = embeddedConsensus({ genesis, nodes, drive: 'step' }, { clock: systemClock, log: silentLog });
    return [...consensus.seats.values()];
  }

  const application = () => new PegApplication({ store: openMemoryStore(), log: silentLog });

  it('begins when the last node has joined', async () => {
    const [first, second] = begin([1, 1]) as [Consensus, Consensus];
    const joining = first.join(application());
    expect(consensus?.engine).to.equal(undefined);
    const seats = await Promise.all([joining, second.join(application())]);
    expect(new Set(seats.map(({ rpcUrl }) => rpcUrl))).to.have.property('size', 2);
    expect(await consensus?.engine?.step()).to.equal(1n);
  });

  it('lets a node leave and join again', async () => {
    const [only] = begin([1]) as [Consensus];
    const seat = await only.join(application());
    await consensus?.engine?.step();
    await seat.leave();
    expect(await consensus?.engine?.step(), 'nobody is left').to.equal(undefined);
    expect((await only.join(application())).rpcUrl).to.equal(seat.rpcUrl);
    expect(await consensus?.engine?.step()).to.equal(2n);
  });

  it('refuses a node that joins twice', async () => {
    const [first] = begin([1, 1]) as [Consensus];
    const waiting = failure(first.join(application()));
    expect(await failure(first.join(application()))).to.have.property('code', 'CONSENSUS_CLOSED');
    await consensus?.close();
    expect(await waiting).to.have.property('code', 'CONSENSUS_CLOSED');
  });

  it('tells all nodes why the engine did not start', async () => {
    const seats = begin([1, 1]);
    const spoilt = application();
    spoilt.info = () => Promise.reject(new Error('no disk'));
    const reasons = await Promise.all([
      failure((seats[0] as Consensus).join(application())),
      failure((seats[1] as Consensus).join(spoilt)),
    ]);
    for (const reason of reasons) expect(reason).to.have.property('code', 'ENGINE_APPLICATION_FAILED');
    await consensus?.close();
  });

  it('needs a port for every node, as clients come through it', async () => {
    const [only] = begin([1], null) as [Consensus];
    expect(await failure(only.join(application()))).to.have.property('code', 'CONSENSUS_CLOSED');
  });

  it('can be closed before anybody has joined, and twice', async () => {
    const [only] = begin([1]) as [Consensus];
    await consensus?.close();
    await consensus?.close();
    expect(await failure(only.join(application()))).to.have.property('code', 'CONSENSUS_CLOSED');
  });
});
