// How `peg export` and `peg import` show what they have done.

import type { ExchangedState } from '../node/exchange-state.ts';

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
