// What the process says to the shell: 0, 1 failure, 2 usage, 75 try again (EX_TEMPFAIL of sysexits.h).

import { hasCode } from '../lib/errors.ts';

export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;
export const EXIT_TRY_AGAIN = 75;

/** `USAGE`: flags or arguments that do not fit together. */
export type CliErrorCode = 'USAGE';

const USAGE_CODES = ['USAGE', 'STAKES_SYNTAX', 'STAKES_OVERDRAWN', 'CONFIG_INVALID', 'COMETBFT_CONFIG', 'GENESIS_INVALID'];
const TRY_AGAIN_CODES = [
  'PEG_UNREACHABLE',
  'PEG_TX_NOT_INCLUDED',
  'ETHEREUM_UNREACHABLE',
  'ETH_UNREACHABLE',
  'ETH_TIMEOUT',
  'ETH_RATE_LIMITED',
  'STORE_LOCKED',
  'STORE_DISK_FULL',
  'DISK_FULL',
  'HOME_IN_USE',
  'ADDRESS_IN_USE',
  'API_PORT_IN_USE',
  'HEIGHT_UNAVAILABLE',
  'WITNESS_BEHIND',
];

/** By the code of the error, or of what caused it. */
export function exitCodeOf(error: unknown): number {
  if (!hasCode(error)) return error instanceof Error && error.cause !== undefined ? exitCodeOf(error.cause) : EXIT_FAILURE;
  if (USAGE_CODES.includes(error.code)) return EXIT_USAGE;
  return TRY_AGAIN_CODES.includes(error.code) ? EXIT_TRY_AGAIN : EXIT_FAILURE;
}
