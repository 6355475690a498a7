// A voice for a correction that this operator has worked out alone, and the balances that go with it. What has been said and
// sent is not said and sent again, so whoever was interrupted runs the same command once more.

import type { CometClient } from '../comet/rpc-client.ts';
import type { Hex } from '../lib/bytes.ts';
import { motionId } from '../peg/motion.ts';
import type { Motion } from '../peg/types.ts';
import type { WorkedOutCorrection } from '../witness/correction.ts';
import type { Terminal } from './command.ts';
import { deliverBalances } from './deliver-balances.ts';
import { readMotions, type SentVoice, type Speaker, speak } from './governing.ts';
import { listsText, type MotionAnswer } from './motions.ts';

export interface SupportedCorrection {
  readonly motion: Hex;
  /** Undefined when the speaker had voted before. */
  readonly voice: SentVoice | undefined;
  /** Undefined when the motion is no longer there. */
  readonly answer: MotionAnswer | undefined;
}

export async function supportCorrection(
  client: CometClient,
  speaker: Speaker,
  motion: Motion,
  workedOut: WorkedOutCorrection,
  terminal: Terminal,
): Promise<SupportedCorrection> {
  const id = motionId(motion);
  const known = (await readMotions(client, terminal))[id];
  const spoken = known?.voters.includes(speaker.validator) === true;
  const voice = spoken ? undefined : await speak(client, speaker, terminal, { type: 'govern', support: true, motion });
  if (voice !== undefined) terminal.err(`${voice.name} votes for ${id} (in peg block ${voice.height})`);
  return { motion: id, voice, answer: await deliverBalances(client, speaker, id, workedOut, terminal) };
}

/** What has become of the balances, for people. */
export function balancesLine({ changes, missing, decision }: MotionAnswer): string {
  const lists = changes.reduce((sum, { balances }) => sum + (balances?.length ?? 0), 0);
  if (missing.length === 0 || decision !== null) return `${listsText(lists)}: all on record`;
  const how = 'they are taken when more than 1/3 votes, and sent by whoever votes or runs this again';
  return `${listsText(lists)}, of which ${missing.length} missing: ${how}`;
}
