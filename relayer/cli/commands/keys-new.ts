import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg keys new`: a random witness key in an encrypted file. */
export const keysNew: CommandDefinition = {
  usage: 'keys new <file>',
  summary: 'make a witness key: an encrypted Ethereum key file',
  options: [new Option('--password-file <file>', 'password of the key file (default: asked for)'), jsonFlag()],
  example: 'peg keys new witness-key.json --password-file password',
  async run([file = ''], flags, terminal) {
    const [{ writeSecret }, { newKey }] = await Promise.all([import('../key-commands.ts'), import('../new-key.ts')]);
    const address = await writeSecret(file, newKey(), flags, terminal);
    show(flags, terminal, { file, address }, [`${address} in ${file}`]);
  },
};
