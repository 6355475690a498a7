// Asks before something that cannot be taken back.

import { askLine } from './ask.ts';
import type { Terminal } from './command.ts';

/** True when the answer is exactly `word`. Throws USAGE where there is no terminal to ask, NOTHING_ENTERED. */
export async function confirm(question: string, word: string, terminal: Terminal): Promise<boolean> {
  const answer = await askLine({ text: question, subject: 'a confirmation', flag: '--yes', hidden: false }, terminal);
  return answer.trim() === word;
}
