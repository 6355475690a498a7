import { buffer } from 'node:stream/consumers';
import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { apiFlag, jsonFlag, signerFlags } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg order post FILE`: signs an order for the current round, posts it and waits for its block. */
export const orderPost: CommandDefinition = {
  usage: 'order post <file>',
  summary: 'sign the payload in a file (- for standard input) as an order of this round and post it',
  options: [...signerFlags(), new Option('--stream', 'post it as a stream, not as an order'), apiFlag(), jsonFlag()],
  example: 'peg order post order.json --staker 0',
  async run([file = '-'], flags, terminal) {
    const [{ readInputBytes, readSigner }, { interruptible }, { createPegClient }] = await Promise.all([
      import('../signer.ts'),
      import('../interruptible.ts'),
      import('../../client/peg-client.ts'),
    ]);
    const payload = file === '-' ? await interruptible(buffer(terminal.input), terminal.signal) : await readInputBytes(file);
    const client = createPegClient(flags.api as string, { signal: terminal.signal });
    const wallet = await readSigner(flags, (await client.domain()).chainId);
    const type = flags.stream === true ? 'stream' : 'order';
    const { id, poster, round, height, left } = await client.post(wallet, payload, { type });
    show(flags, terminal, { id, type, poster, round, height, left }, [
      `${type} ${id} is in block ${height}`,
      `${left} ${type}s left for ${poster} in round ${round}`,
    ]);
  },
};
