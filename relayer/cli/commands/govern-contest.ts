import { InvalidArgumentError } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { integer, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';
import { witnessFlags } from '../witness-signer.ts';

/** `peg govern contest HEIGHT HASH`: attests another block than the one that the peg holds for final. */
export const governContest: CommandDefinition = {
  usage: 'govern contest <height> <hash>',
  summary: "attest that Ethereum's block at a height is not the one that the peg holds for final (its own hash takes that back)",
  options: [...witnessFlags(), nodeFlag(), jsonFlag()],
  example: 'peg govern contest 21400071 0x5d1c…e2 --witness-key-file ~/.peg/witness-key.json',
  async run([text = '', hash = ''], flags, terminal) {
    const height = integer(0, Number.MAX_SAFE_INTEGER)(text);
    if (!/^0x[0-9a-fA-F]{64}$/.test(hash)) throw new InvalidArgumentError('expected a block hash: 0x and 64 hex digits.');
    const { sendVoice } = await import('../governing.ts');
    await withNode(flags, terminal, async (client) => {
      const contest = { type: 'contest', height: BigInt(height), hash: hash.toLowerCase() as `0x${string}` } as const;
      const sent = await sendVoice(client, flags, terminal, contest);
      const contests = (await client.query('/contests', terminal.signal)) as Record<string, unknown>;
      const { breach } = (await client.query('/ethereum', terminal.signal)) as { breach: { reason: string } | null };
      const standing = Object.keys(contests).length;
      show(flags, terminal, { ...sent, block: height, hash: contest.hash, contests, breach }, [
        `${sent.name} contests block ${height} (in peg block ${sent.height})`,
        breach === null ? `${standing} validators contest a final block` : `breach: ${breach.reason}`,
      ]);
    });
  },
};
