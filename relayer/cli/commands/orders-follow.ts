import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { apiFlag, integer, jsonFlag } from '../flags.ts';

/** `peg orders follow`: accepted orders and streams as they come, one line each, until Ctrl-C. */
export const ordersFollow: CommandDefinition = {
  usage: 'orders follow',
  summary: 'print accepted orders and streams as they come, each once, until Ctrl-C',
  options: [
    new Option('--from <height>', 'begin with this peg block (default: the next one)').argParser(
      integer(1, Number.MAX_SAFE_INTEGER),
    ),
    new Option('--count <n>', 'end after so many').argParser(integer(1, 1_000_000_000)),
    apiFlag(),
    jsonFlag(),
  ],
  example: 'peg orders follow --from 1 --json',
  async run(_args, flags, terminal) {
    const { createPegClient } = await import('../../client/peg-client.ts');
    const client = createPegClient(flags.api as string, { signal: terminal.signal });
    // Says at once when there is no interface, instead of trying for ever.
    await client.round();
    let count = 0;
    const from = flags.from as number | undefined;
    for await (const post of client.follow(from === undefined ? {} : { from })) {
      const { height, index, type, poster, round, id, size } = post;
      terminal.out(
        flags.json === true
          ? JSON.stringify(post)
          : `block ${height}/${index}  round ${round}  ${type} of ${size} bytes from ${poster}  ${id}`,
      );
      if (++count === flags.count) return;
    }
  },
};
