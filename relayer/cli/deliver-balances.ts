// Sends what a correction still lacks of its balances: list by list, whatever others send or a run before this one has sent.

import type { CometClient } from '../comet/rpc-client.ts';
import type { Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { CODES, type CodeName } from '../peg/codes.ts';
import { signTransaction } from '../peg/sign-transaction.ts';
import type { WorkedOutCorrection } from '../witness/correction.ts';
import type { Terminal } from './command.ts';
import { governRefused, readMotions, type Speaker } from './governing.ts';
import type { MotionAnswer } from './motions.ts';
import { progressLine } from './progress-line.ts';

/** Lists on their way at once: the mempool lets a few more of one validator wait. */
const MOST_ON_THE_WAY = 16;
/** Between two looks at what is on record. */
const POLL_MS = 250;
/** What is not on record after this long is sent again. */
const RESEND_MS = 20_000;

/** The motion as it stands when all its balances are on record, or as long as too few vote for it; undefined when it is gone. */
export async function deliverBalances(
  client: CometClient,
  { key, domain }: Speaker,
  id: Hex,
  { correction, lists }: WorkedOutCorrection,
  terminal: Terminal,
): Promise<MotionAnswer | undefined> {
  const sentAt = new Map<Hex, number>();
  const onProgress = progressLine('correct', 'lists of balances', terminal);
  for (;;) {
    const answer = (await readMotions(client, terminal))[id];
    const missing = answer?.missing ?? [];
    onProgress(correction.balances.length - missing.length, correction.balances.length);
    if (missing.length === 0) return answer;
    const now = systemClock.now();
    const onTheWay = missing.filter((digest) => now - (sentAt.get(digest) ?? Number.NEGATIVE_INFINITY) < RESEND_MS);
    const due = missing.filter((digest) => !onTheWay.includes(digest));
    for (const digest of due.slice(0, MOST_ON_THE_WAY - onTheWay.length)) {
      const balances = lists[correction.balances.indexOf(digest)] ?? [];
      const verdict = await client.broadcast(signTransaction(domain, { type: 'balances', balances }, key), terminal.signal);
      if (ENDING.some((name) => is(verdict, name))) return (await readMotions(client, terminal))[id];
      if (is(verdict, 'MEMPOOL_DELIVERIES_WAIT')) break;
      if (verdict.code !== 0 && !is(verdict, 'BALANCES_ON_RECORD')) throw governRefused(verdict);
      sentAt.set(digest, now);
    }
    await systemClock.sleep(POLL_MS, terminal.signal);
  }
}

/** Too few vote for the motion, or it is no longer open, or no longer of use. */
const ENDING: readonly CodeName[] = ['BALANCES_NOT_ATTESTED', 'BALANCES_UNKNOWN', 'CORRECTION_NO_BREACH'];

function is(verdict: { readonly code: number; readonly codespace: string }, name: CodeName): boolean {
  return verdict.code === CODES[name].code && verdict.codespace === CODES[name].codespace;
}
