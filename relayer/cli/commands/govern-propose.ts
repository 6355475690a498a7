import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { integer, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';
import { witnessFlags } from '../witness-signer.ts';

const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** `peg govern propose`: opens a motion and gives it its first voice. */
export const governPropose: CommandDefinition = {
  usage: 'govern propose',
  summary: 'move that the validators or the period change, and vote for it',
  options: [
    new Option('--add <key,power,witness,name>', 'add a validator: consensus key, power, witness, name').argParser(several),
    new Option('--remove <validator>', 'remove a validator, by name or consensus address').argParser(several),
    new Option('--power <validator=power>', 'change the power of a validator').argParser(several),
    new Option('--witness <validator=address>', 'change the witness key of a validator').argParser(several),
    new Option('--period-limit <orders>', 'orders a period, from the next round on').argParser(integer(1, 2 ** 53 - 1)),
    new Option('--period-length <blocks>', 'Ethereum blocks a period, from the next round on').argParser(integer(1, 1_000_000)),
    new Option('--expires-in <blocks>', 'peg blocks for which it may be voted on').default(10_000).argParser(integer(1, 999_999)),
    ...witnessFlags(),
    nodeFlag(),
    jsonFlag(),
  ],
  example: 'peg govern propose --power alice=3 --devnet-validator 0',
  async run(_args, flags, terminal) {
    const { changesOf, changeLines } = await import('../motions.ts');
    const { readValidators, sendVoice } = await import('../governing.ts');
    const { motionId } = await import('../../peg/motion.ts');
    await withNode(flags, terminal, async (client) => {
      const validators = await readValidators(client, terminal);
      const changes = changesOf(flags, validators);
      const { height } = await client.status(terminal.signal);
      const motion = { expiry: BigInt(height) + BigInt(flags.expiresIn as number), changes };
      const sent = await sendVoice(client, flags, terminal, { type: 'govern', support: true, motion });
      const id = motionId(motion);
      show(flags, terminal, { motion: id, expiry: Number(motion.expiry), ...sent }, [
        `${sent.name} moved ${id} (in peg block ${sent.height})`,
        ...changeLines(motion, validators).map((line) => `  ${line}`),
        `open until peg height ${motion.expiry}; others support it with: peg govern vote ${id.slice(0, 18)}`,
      ]);
    });
  },
};
