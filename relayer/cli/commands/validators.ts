import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag } from '../flags.ts';
import { show, table, withNode } from '../node-access.ts';

interface ValidatorView {
  readonly name: string;
  readonly power: number;
  readonly active: boolean;
  readonly witness: string;
  readonly witnessedTo: number;
  readonly lastVoted: number;
  readonly totalVotes: number;
  readonly revisions: number;
}

/** `peg validators`: who votes, with what power, and how far each has seen Ethereum. */
export const validators: CommandDefinition = {
  usage: 'validators',
  summary: 'list the validators with their power and how far their witnesses have voted',
  options: [nodeFlag(), jsonFlag()],
  example: 'peg validators',
  async run(_args, flags, terminal) {
    const all = (await withNode(flags, terminal, (client) => client.query('/validators', terminal.signal))) as Record<
      string,
      ValidatorView
    >;
    const rows = Object.entries(all).map(([address, validator]) => [
      validator.name,
      address,
      `${validator.power}${validator.active ? '' : ' (left)'}`,
      `${validator.witnessedTo}`,
      `${validator.lastVoted}`,
      `${validator.totalVotes}`,
      `${validator.revisions}`,
    ]);
    const head = ['name', 'consensus address', 'power', 'witnessed to', 'last vote at', 'votes', 'revised'];
    show(flags, terminal, all, table([head, ...rows], [2, 3, 4, 5, 6]));
  },
};
