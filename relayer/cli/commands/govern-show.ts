import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';

/** `peg govern show MOTION`: everything about one motion. */
export const governShow: CommandDefinition = {
  usage: 'govern show <motion>',
  summary: 'show what a motion would change, who votes for it and what has become of it',
  options: [nodeFlag(), jsonFlag()],
  example: 'peg govern show 0x8c41d0a7',
  async run([name = ''], flags, terminal) {
    const { changeLines, motionOf, outcomeOf } = await import('../motions.ts');
    const { readValidators } = await import('../governing.ts');
    await withNode(flags, terminal, async (client) => {
      const motions = (await client.query('/motions', terminal.signal)) as Parameters<typeof motionOf>[0];
      const { id, motion, answer } = motionOf(motions, name);
      const validators = await readValidators(client, terminal);
      const called = (address: `0x${string}`) => validators[address]?.name ?? address;
      show(flags, terminal, { motion: id, ...answer }, [
        id,
        ...changeLines(motion, validators).map((line) => `  ${line}`),
        `moved by ${called(answer.starter)} at peg height ${answer.openedAt}`,
        `in favour: ${answer.voters.map(called).join(', ') || 'nobody'}`,
        outcomeOf(answer),
      ]);
    });
  },
};
