// The finality latch of a home, as the commands see it.

import process from 'node:process';
import { homeLayout } from '../node/home-layout.ts';
import { pathFrom } from '../node/load-config.ts';
import { fileLatch, type Latch, type LatchRecord, type LatchSide } from '../witness/latch.ts';
import type { Flags } from './command.ts';

export function openLatch(flags: Flags): { readonly latch: Latch; readonly path: string } {
  const path = homeLayout(pathFrom(process.cwd(), flags.home as string)).latch;
  return { latch: fileLatch(path), path };
}

/** For people. */
export function latchLines({ closedAt, reason, message, block, head, peg, chain }: LatchRecord): readonly string[] {
  const side = (name: string, seen: LatchSide | undefined) =>
    seen === undefined
      ? []
      : [
          `${name.padEnd(10)} ${seen.hash}${seen.nonce === undefined ? '' : `, nonce ${seen.nonce}, accumulator ${seen.accumulator}`}`,
        ];
  return [
    `the finality latch is closed${closedAt === '' ? '' : ` since ${closedAt}`}: the witness does not vote`,
    `reason     ${reason}: ${message}`,
    ...(block === undefined ? [] : [`block      ${block}`]),
    ...side('peg', peg),
    ...side('ethereum', chain),
    ...(head === undefined ? [] : [`head       ${head.number} (${head.hash})`]),
    'next       find out which of the two is right: other endpoints, a block explorer, other validators. When Ethereum is right,',
    '           the validators contest the block (peg govern contest); when it was your endpoint, mend it, then: peg latch reset',
  ];
}
