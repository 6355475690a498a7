import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg keys rotate`: the witness key of a home, in two steps with the network's consent between them. */
export const keysRotate: CommandDefinition = {
  usage: 'keys rotate',
  summary: 'replace the witness key of a home: make the next key, then, when the network has accepted it, switch to it',
  options: [
    homeFlag(),
    new Option('--switch', 'the network has accepted the next key: use it from the next start on'),
    jsonFlag(),
  ],
  example: 'peg keys rotate --home ~/.peg',
  async run(_args, flags, terminal) {
    const { makeNextKey, switchToNextKey } = await import('../rotate-key.ts');
    if (flags.switch === true) {
      const done = await switchToNextKey(flags, terminal);
      show(flags, terminal, done, [`the witness is ${done.witness} from the next start on; the old key is kept in ${done.kept}`]);
      return;
    }
    const made = await makeNextKey(flags, terminal);
    show(flags, terminal, made, [`next witness ${made.nextWitness} in ${made.file}`]);
    terminal.err('Let the validators accept it (see peg govern --help), then stop the node, and:');
    terminal.err(`  peg keys rotate --home ${made.home} --switch`);
  },
};
