// Keeps a devnet alive: asks what everybody has, lets the plan choose, and does it. What does not work out (a round that ends,
// an Ethereum that is away) is left: the next beat asks anew.

import type { CometClient } from '../comet/rpc-client.ts';
import { textBytes } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Domain } from '../peg/types.ts';
import { ACTIVE_STAKERS, type Act, FIRST_ACTIVE_STAKER, type Person, planActs, seededNumbers } from './activity-plan.ts';
import type { StakingDesk } from './staking-desk.ts';

export interface ActivityOptions {
  readonly desk: StakingDesk;
  /** A node that takes the orders. */
  readonly client: CometClient;
  readonly seed: number;
  readonly beatMs: number;
}

interface ActivityContext {
  readonly log: Log;
  readonly clock: Clock;
}

interface LimitAnswer {
  readonly orderLimit: number;
  readonly usage: { readonly orders: number };
}

/** Goes on until the signal is aborted; never rejects. */
export async function keepActive(
  { desk, client, seed, beatMs }: ActivityOptions,
  { log, clock }: ActivityContext,
  until: AbortSignal,
): Promise<void> {
  const random = seededNumbers(seed);
  for (let beat = 0; !until.aborted; beat++) {
    try {
      for (const act of planActs(random, beat, await readPeople(desk, client, until))) {
        until.throwIfAborted();
        await perform(act, desk, client, until);
      }
    } catch (error) {
      log.debug({ error: describe(error) }, 'a beat of the activity was left');
    }
    await clock.sleep(beatMs, until).catch(() => {});
  }
}

function readPeople(desk: StakingDesk, client: CometClient, until: AbortSignal): Promise<readonly Person[]> {
  const known = desk.stakers.slice(0, FIRST_ACTIVE_STAKER + ACTIVE_STAKERS);
  return Promise.all(
    known.map(async (address, staker) => {
      const [staked, limit] = await Promise.all([desk.staked(staker), client.query(`/limit/${address}`, until)]);
      const { orderLimit, usage } = limit as LimitAnswer;
      return { staker, staked, left: orderLimit - usage.orders };
    }),
  );
}

async function perform(act: Act, desk: StakingDesk, client: CometClient, until: AbortSignal): Promise<void> {
  if (act.kind === 'stake') {
    await desk.stake(act);
    return;
  }
  const [answer, round] = await Promise.all([client.query('/domain', until), client.query('/round', until)]);
  const { chainId, ...rest } = answer as Omit<Domain, 'chainId'> & { chainId: number };
  const { number } = round as { number: number };
  const order = { type: 'order', round: BigInt(number), payload: textBytes(act.payload) } as const;
  await client.broadcast(desk.sign(act.staker, { ...rest, chainId: BigInt(chainId) }, order), until);
}
