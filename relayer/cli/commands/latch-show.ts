import type { CommandDefinition } from '../command.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg latch show`: whether the finality latch of a home is closed, and why. */
export const latchShow: CommandDefinition = {
  usage: 'latch show',
  summary: 'show whether the finality latch is closed, and the evidence',
  options: [homeFlag(), jsonFlag()],
  example: 'peg latch show --home ~/.peg',
  async run(_args, flags, terminal) {
    const { latchLines, openLatch } = await import('../latch-file.ts');
    const record = await openLatch(flags).latch.read();
    show(flags, terminal, record ?? null, record === undefined ? ['the finality latch is open'] : latchLines(record));
  },
};
