import { onchainTable } from 'ponder';

export const balance = onchainTable('balance', (t) => ({
  staker: t.hex().primaryKey(),
  staked: t.bigint().notNull(),
  events: t.integer().notNull(),
}));
