import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag, parseAddress } from '../flags.ts';
import { show, withNode } from '../node-access.ts';

interface LimitAnswer {
  readonly orderLimit: number;
  readonly streamLimit: number;
  readonly usage: { readonly orders: number; readonly streams: number };
}

/** `peg limit ADDRESS`: what a poster may write in this round, and what is left of it. */
export const limit: CommandDefinition = {
  usage: 'limit <address>',
  summary: 'show how many orders an address may write in this round and how many are left',
  options: [nodeFlag(), jsonFlag()],
  example: 'peg limit 0x6f2d7c1cbb2d1ab0f8b9b16b1b1de7e2f0f6f5a1',
  async run([text = ''], flags, terminal) {
    const address = parseAddress(text);
    const [answer, round] = await withNode(flags, terminal, (client) =>
      Promise.all([
        client.query(`/limit/${address}`, terminal.signal) as Promise<LimitAnswer>,
        client.query('/round', terminal.signal) as Promise<{ number: number; endsAt: number }>,
      ]),
    );
    const { orderLimit, streamLimit, usage } = answer;
    show(flags, terminal, { address, round: round.number, ...answer }, [
      `round ${round.number} (until Ethereum block ${round.endsAt})`,
      `orders   ${orderLimit - usage.orders} left of ${orderLimit}`,
      `streams  ${streamLimit - usage.streams} left of ${streamLimit}`,
    ]);
  },
};
