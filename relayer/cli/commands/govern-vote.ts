import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { ethereumUrlsFlag, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';
import { witnessFlags } from '../witness-signer.ts';

/** `peg govern vote MOTION`: supports a motion, or takes the support back. A correction is checked against Ethereum first. */
export const governVote: CommandDefinition = {
  usage: 'govern vote <motion>',
  summary: 'vote for a motion, named by its digest or the beginning of it',
  options: [new Option('--withdraw', 'take the vote back'), ethereumUrlsFlag(), ...witnessFlags(), nodeFlag(), jsonFlag()],
  example: 'peg govern vote 0x8c41d0a7 --witness-key-file ~/.peg/witness-key.json',
  async run([name = ''], flags, terminal) {
    const { changeLines, motionOf, outcomeOf } = await import('../motions.ts');
    const { readValidators, sendVoice } = await import('../governing.ts');
    await withNode(flags, terminal, async (client) => {
      const motions = async () => (await client.query('/motions', terminal.signal)) as Parameters<typeof motionOf>[0];
      const { id, motion } = motionOf(await motions(), name);
      const lines = changeLines(motion, await readValidators(client, terminal));
      for (const line of lines) terminal.err(line);
      const correction = motion.changes.find((change) => change.type === 'correction');
      if (correction !== undefined && flags.withdraw !== true) {
        const { assertSameCorrection, correctionAt } = await import('../correct-ledger.ts');
        const own = await correctionAt(client, flags.ethereum as readonly string[], correction.height, terminal);
        assertSameCorrection(correction, own);
      }
      const sent = await sendVoice(client, flags, terminal, { type: 'govern', support: flags.withdraw !== true, motion });
      const answer = (await motions())[id];
      const outcome = answer === undefined ? 'no longer open' : outcomeOf(answer);
      show(flags, terminal, { motion: id, ...sent, decision: answer?.decision ?? null }, [
        `${sent.name} ${flags.withdraw === true ? 'no longer votes' : 'votes'} for ${id} (in peg block ${sent.height})`,
        outcome,
      ]);
    });
  },
};
