// How `peg export` and `peg import` show how far they are, and what they have done.

import type { ExchangedState } from '../node/exchange-state.ts';
import type { Terminal } from './command.ts';

/** A line on standard error for every tenth of the way. */
export function progressLine(terminal: Terminal, verb: string): (done: number, all: number) => void {
  let tenths = 0;
  return (done, all) => {
    const now = all === 0 ? 10 : Math.floor((10 * done) / all);
    if (now === tenths) return;
    tenths = now;
    terminal.err(`${verb} ${10 * tenths} %`);
  };
}

/** As JSON: heights and sizes as numbers, hashes as hex. */
export function stateDocument({ height, entries, ...rest }: ExchangedState): Readonly<Record<string, unknown>> {
  return { ...rest, height: Number(height), entries: Number(entries) };
}

export function stateLines({ network, height, appHash, entries, bytes, snapshot }: ExchangedState): readonly string[] {
  return [
    `network   ${network}`,
    `height    ${height}`,
    `app hash  ${appHash}`,
    `entries   ${entries}, ${(bytes / 1e6).toFixed(1)} MB`,
    `snapshot  ${snapshot}`,
  ];
}
