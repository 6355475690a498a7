// A devnet with a home that is killed between signing a transaction and sending it: whatever was signed is sent at the next start,
// before anything else is signed with its nonce.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DevnetHome } from '../../relayer/devnet/devnet-home.ts';
import type { DevnetOptions } from '../../relayer/devnet/devnet-options.ts';
import { openEthereumAccess } from '../../relayer/devnet/ethereum-access.ts';
import { foundNetwork } from '../../relayer/devnet/found-network.ts';
import { devnetValidators } from '../../relayer/devnet/genesis.ts';
import { Outbox } from '../../relayer/devnet/outbox.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { failure } from '../helpers/failure.ts';

const OPTIONS: DevnetOptions = {
  engine: { kind: 'embedded' },
  powers: [1],
  params: { finalityThreshold: 6n, periodLength: 20n, periodLimit: 100n, maxOrderBytes: 100n },
  stakes: DEFAULT_STAKES,
  ethereumUrls: [],
  http: false,
  blockIntervalMs: 50,
};
/** Two deployments, ether and tokens for each of three stakers, their allowances, their stakes. */
const TRANSACTIONS = 2 + 3 * 2 + 3 + 3;

describe('a devnet with a home, killed before it sends what it has signed', () => {
  let folder: string;
  let anvil: Anvil;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-found-'));
    anvil = await startAnvil();
  });
  after(async () => {
    await anvil?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Founds the network in a home and plays its script; killed before it sends the transaction with this number. */
  const run = async (home: DevnetHome, killedAt = Number.POSITIVE_INFINITY) => {
    const access = await openEthereumAccess(anvil.url, { clock: systemClock, signal: new AbortController().signal });
    let sent = 0;
    const call: typeof access.call = async (method, params) => {
      if (method === 'eth_sendRawTransaction' && ++sent >= killedAt) throw new Error('killed');
      return access.call(method, params);
    };
    const ethereum = { ...access, call };
    const outbox = await Outbox.open(call, access.chainId, home);
    const aBlock = () => access.mining.mine(1);
    const settled = async () => {
      while ((await outbox.resend()) > 0) await aBlock();
    };
    const set = devnetValidators(OPTIONS.powers);
    const foundation = { ethereum, outbox, set, settled, aBlock, now: () => 0 };
    const { stakers } = await foundNetwork(OPTIONS, home, foundation);
    await stakers.play(OPTIONS.stakes, () => {});
    return outbox.script.length;
  };

  it('goes on', async function () {
    this.timeout(120_000);
    for (let killedAt = 1; killedAt <= TRANSACTIONS; killedAt++) {
      const home = new DevnetHome(join(folder, `${killedAt}`));
      expect(await failure(run(home, killedAt)), `killed at ${killedAt}`).to.have.property('message', 'killed');
      expect(await run(home), `after it was killed at ${killedAt}`).to.equal(DEFAULT_STAKES.length);
    }
  });
});
