// Acceptance and refusal of a transaction.

import { CODES, type CodeName } from './codes.ts';
import type { PegEvent, Verdict } from './types.ts';

export function accepted(events: readonly PegEvent[]): Verdict {
  return { code: 0, codespace: '', log: '', events };
}

/** `log` names the thing that was wrong; the code says what kind of wrong it is. */
export function refused(name: CodeName, log: string): Verdict {
  const { code, codespace } = CODES[name];
  return { code, codespace, log, events: [] };
}
