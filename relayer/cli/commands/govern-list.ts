import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag } from '../flags.ts';
import { show, table, withNode } from '../node-access.ts';

/** `peg govern list`: the motions that are open, and those decided that have not expired. */
export const governList: CommandDefinition = {
  usage: 'govern list',
  summary: 'list the motions of the validators and what has become of them',
  options: [nodeFlag(), jsonFlag()],
  example: 'peg govern list',
  async run(_args, flags, terminal) {
    const { outcomeOf } = await import('../motions.ts');
    const motions = (await withNode(flags, terminal, (client) => client.query('/motions', terminal.signal))) as Record<
      string,
      Parameters<typeof outcomeOf>[0]
    >;
    const rows = Object.entries(motions).map(([id, motion]) => [
      id.slice(0, 18),
      motion.changes.map(({ type }) => String(type)).join(', '),
      outcomeOf(motion),
    ]);
    show(flags, terminal, motions, rows.length === 0 ? ['no motions'] : table([['motion', 'changes', 'outcome'], ...rows]));
  },
};
