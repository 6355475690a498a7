import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag } from '../flags.ts';
import { withNode } from '../node-access.ts';

/** `peg state [path]`: any query of the application, as it answers it. */
export const state: CommandDefinition = {
  usage: 'state [path]',
  summary: 'print the state of the peg, or the part that a query path names',
  options: [nodeFlag(), jsonFlag()],
  example: 'peg state /final/120',
  async run([path = '/state'], flags, terminal) {
    const answer = await withNode(flags, terminal, (client) =>
      client.query(path.startsWith('/') ? path : `/${path}`, terminal.signal),
    );
    terminal.out(flags.json === true ? JSON.stringify(answer) : JSON.stringify(answer, null, 2));
  },
};
