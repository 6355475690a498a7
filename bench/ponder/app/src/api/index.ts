// What was indexed, for the program that compares.

import { db } from 'ponder:api';
import schema from 'ponder:schema';
import { Hono } from 'hono';

const app = new Hono();

app.get('/balances', async (context) => {
  const rows = await db.select().from(schema.balance);
  return context.json(rows.map(({ staker, staked, events }) => ({ staker, staked: staked.toString(), events })));
});

export default app;
