// Flags that several commands share, and the parsers that turn their text into values or a usage error.

import { InvalidArgumentError, Option } from 'commander';

/** Where a devnet's first validator answers JSON-RPC. */
export const DEFAULT_NODE = 'http://127.0.0.1:26600';
/** Where a devnet's own Ethereum answers. */
export const DEFAULT_ETHEREUM = 'http://127.0.0.1:26609';

export const jsonFlag = () => new Option('--json', 'print one JSON document on standard output');

export const nodeFlag = () =>
  new Option('--node <url>', 'JSON-RPC address of a node').env('PEG_NODE').default(DEFAULT_NODE).argParser(parseUrl);

export const ethereumFlag = () =>
  new Option('--ethereum <url>', 'JSON-RPC address of Ethereum')
    .env('PEG_ETHEREUM')
    .default(DEFAULT_ETHEREUM)
    .argParser(parseUrl);

/** Who signs; exactly one of the two (signer.ts). */
export const signerFlags = () => [
  new Option('--staker <n>', 'sign as a staker of the devnet').argParser(integer(0, 999)),
  new Option('--key-file <file>', 'sign with the private key in this file (0x and 64 hex digits)').env('PEG_KEY_FILE'),
];

export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidArgumentError('expected an http:// or https:// address.');
  return text.replace(/\/+$/, '');
}

/** A parser of decimal integers within least…most. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`expected an integer from ${least} to ${most}.`);
    return value;
  };
}

/** A decimal amount of base units, at least 1. */
export function parseAmount(text: string): bigint {
  if (!/^[1-9][0-9]{0,77}$/.test(text)) throw new InvalidArgumentError('expected a decimal number of base units, at least 1.');
  return BigInt(text);
}

export function parseAddress(text: string): string {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new InvalidArgumentError('expected 0x and 40 hex digits.');
  return text.toLowerCase();
}
