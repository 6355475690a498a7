import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag } from '../flags.ts';
import { show, table, withNode } from '../node-access.ts';

type PendingEvents = Readonly<
  Record<string, Readonly<Record<string, { staker: string; type: string; amount: string; conf: number; power: number }>>>
>;

/** `peg events`: what waits for confirmation. */
export const events: CommandDefinition = {
  usage: 'events',
  summary: 'list the stake events that wait for the votes of more validators',
  options: [nodeFlag(), jsonFlag()],
  example: 'peg events --json',
  async run(_args, flags, terminal) {
    const pending = (await withNode(flags, terminal, (client) => client.query('/events', terminal.signal))) as PendingEvents;
    const rows = Object.entries(pending).flatMap(([height, byNonce]) =>
      Object.entries(byNonce).map(([nonce, event]) => [
        height,
        nonce,
        event.type,
        event.amount,
        event.staker,
        `${event.conf}`,
        `${event.power}`,
      ]),
    );
    const head = ['eth block', 'nonce', 'type', 'amount', 'staker', 'votes', 'power'];
    show(flags, terminal, pending, rows.length === 0 ? ['no event is waiting'] : table([head, ...rows], [0, 1, 3, 5, 6]));
  },
};
