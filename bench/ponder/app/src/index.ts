import { ponder } from 'ponder:registry';
import { balance } from 'ponder:schema';

ponder.on('MakerStaking:StakeMade', async ({ event, context }) => {
  const { staker, amount } = event.args;
  await context.db
    .insert(balance)
    .values({ staker, staked: amount, events: 1 })
    .onConflictDoUpdate((row) => ({ staked: row.staked + amount, events: row.events + 1 }));
});

ponder.on('MakerStaking:StakeRemoved', async ({ event, context }) => {
  const { staker, amount } = event.args;
  await context.db.update(balance, { staker }).set((row) => ({ staked: row.staked - amount, events: row.events + 1 }));
});
