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
  /** Peg blocks from its last vote to the newest of all. */
  readonly unvoted: number;
  readonly silentSince: number | null;
}

/** `peg validators`: who votes, with what power, how far each has voted, and since when one does not. */
export const validators: CommandDefinition = {
  usage: 'validators',
  summary: 'list the validators with their power, how far their witnesses have voted, and who is silent',
  options: [nodeFlag(), jsonFlag()],
  example: 'peg validators',
  async run(_args, flags, terminal) {
    const { votingInWords } = await import('../../peg/voting.ts');
    const all = (await withNode(flags, terminal, (client) => client.query('/validators', terminal.signal))) as Record<
      string,
      ValidatorView
    >;
    const rows = Object.entries(all).map(([address, validator]) => [
      validator.name,
      address,
      `${validator.power}`,
      votingInWords(validator),
      `${validator.witnessedTo}`,
      `${validator.lastVoted}`,
      `${validator.unvoted}`,
      `${validator.totalVotes}`,
      `${validator.revisions}`,
    ]);
    const head = ['name', 'consensus address', 'power', 'state', 'witnessed to', 'last vote at', 'unvoted', 'votes', 'revised'];
    show(flags, terminal, all, table([head, ...rows], [2, 4, 5, 6, 7, 8]));
  },
};
