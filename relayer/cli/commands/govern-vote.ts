import { Option } from 'commander';
import type { CometClient } from '../../comet/rpc-client.ts';
import type { Correction, Motion } from '../../peg/types.ts';
import type { CommandDefinition, Flags, Terminal } from '../command.ts';
import { ethereumUrlsFlag, jsonFlag, nodeFlag } from '../flags.ts';
import type { SentVoice, Speaker } from '../governing.ts';
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
    const { openSpeaker, readMotions, readValidators, speak } = await import('../governing.ts');
    await withNode(flags, terminal, async (client) => {
      const support = flags.withdraw !== true;
      const { id, motion } = motionOf(await readMotions(client, terminal), name);
      const speaker = await openSpeaker(client, flags, terminal);
      for (const line of changeLines(motion, await readValidators(client, terminal))) terminal.err(line);
      const correction = motion.changes.find((change) => change.type === 'correction');
      const voice =
        correction === undefined || !support
          ? await speak(client, speaker, terminal, { type: 'govern', support, motion })
          : await supportChecked(client, speaker, motion, correction, flags, terminal);
      const answer = (await readMotions(client, terminal))[id];
      const outcome = answer === undefined ? 'no longer open' : outcomeOf(answer);
      const { validator } = speaker;
      const document = { validator, name: speaker.name, height: voice?.height ?? null, decision: answer?.decision ?? null };
      const said = voice === undefined ? 'had voted' : support ? 'votes' : 'no longer votes';
      show(flags, terminal, { motion: id, ...document }, [
        `${speaker.name} ${said} for ${id}${voice === undefined ? '' : ` (in peg block ${voice.height})`}`,
        outcome,
      ]);
    });
  },
};

/** Votes for a correction that this operator's own Ethereum endpoints show too, and sends its balances. */
async function supportChecked(
  client: CometClient,
  speaker: Speaker,
  motion: Motion,
  correction: Correction,
  flags: Flags,
  terminal: Terminal,
): Promise<SentVoice | undefined> {
  const { assertSameCorrection, correctionAt } = await import('../correct-ledger.ts');
  const { balancesLine, supportCorrection } = await import('../support-correction.ts');
  const own = await correctionAt(client, flags.ethereum as readonly string[], correction.height, terminal);
  assertSameCorrection(correction, own.correction);
  const { voice, answer } = await supportCorrection(client, speaker, motion, own, terminal);
  if (answer !== undefined) terminal.err(balancesLine(answer));
  return voice;
}
