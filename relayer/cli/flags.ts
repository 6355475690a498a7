// Flags that several commands share, and the parsers that turn their text into values or a usage error.

import { InvalidArgumentError, Option } from 'commander';
import { CodedError } from '../lib/errors.ts';
import type { ConsensusParams } from '../peg/types.ts';
import type { Flags } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';

/** Where a devnet's first validator answers JSON-RPC. */
export const DEFAULT_NODE = 'http://127.0.0.1:26600';
/** Where a devnet's first validator answers HTTP. */
export const DEFAULT_API = 'http://127.0.0.1:26601';
/** Where a devnet's own Ethereum answers. */
export const DEFAULT_ETHEREUM = 'http://127.0.0.1:26609';

export const jsonFlag = () => new Option('--json', 'print one JSON document on standard output');

export const homeFlag = () =>
  new Option('--home <dir>', 'folder of the node').env('PEG_HOME').default('~/.peg').argParser(parseFolder);

/** Without a name it would be the folder that somebody happens to be in. */
function parseFolder(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected a folder.');
  return text;
}

export const nodeFlag = () =>
  new Option('--node <url>', 'JSON-RPC address of a node').env('PEG_NODE').default(DEFAULT_NODE).argParser(parseUrl);

export const apiFlag = () =>
  new Option('--api <url>', 'address of the HTTP interface of a node').env('PEG_API').default(DEFAULT_API).argParser(parseUrl);

export const ethereumFlag = () =>
  new Option('--ethereum <url>', 'JSON-RPC address of Ethereum')
    .env('PEG_ETHEREUM')
    .default(DEFAULT_ETHEREUM)
    .argParser(parseUrl);

/** Most validators of a network on one machine. */
const MOST_VALIDATORS = 100;

/** How many validators, and with what power. */
export const setFlags = () => [
  new Option('--validators <n>', 'size of the validator set (default: 4)').argParser(integer(1, MOST_VALIDATORS)),
  new Option('--powers <list>', 'voting power of each validator, e.g. 10,1,1,1 (default: 1 each)').argParser(parsePowers),
];

export function readPowers(flags: Flags): readonly number[] {
  const powers = flags.powers as readonly number[] | undefined;
  const size = flags.validators as number | undefined;
  if (powers !== undefined && size !== undefined && powers.length !== size) {
    throw new CodedError<CliErrorCode>('USAGE', `--validators ${size} does not fit --powers with ${powers.length} numbers`);
  }
  return powers ?? Array.from({ length: size ?? 4 }, () => 1);
}

function parsePowers(text: string): readonly number[] {
  const powers = text.split(',').map(integer(1, 1_000_000));
  if (powers.length > MOST_VALIDATORS) throw new InvalidArgumentError(`at most ${MOST_VALIDATORS} validators.`);
  return powers;
}

/** The parameters of a network, part of its genesis. */
export const paramFlags = () => [
  new Option('--finality-threshold <blocks>', 'blocks that must bury a block before it is voted for')
    .argParser(integer(1, 10_000))
    .default(6),
  new Option('--period-length <blocks>', 'length of a staking period').argParser(integer(1, 1_000_000)).default(20),
  new Option('--period-limit <orders>', 'orders a period, shared by stake')
    .argParser(integer(1, Number.MAX_SAFE_INTEGER))
    .default(75_000),
  new Option('--max-order-bytes <bytes>', 'largest order').argParser(integer(1, 131_072)).default(8_192),
];

export function readParams(flags: Flags): ConsensusParams {
  return {
    finalityThreshold: BigInt(flags.finalityThreshold as number),
    periodLength: BigInt(flags.periodLength as number),
    periodLimit: BigInt(flags.periodLimit as number),
    maxOrderBytes: BigInt(flags.maxOrderBytes as number),
  };
}

/** The contract that a new network watches. */
export const contractFlags = () => [
  new Option('--ethereum <url>', 'JSON-RPC address of Ethereum').env('PEG_ETHEREUM').argParser(parseUrl),
  new Option('--contract <address>', 'the MakerStaking that the network watches').argParser(parseAddress),
  new Option(
    '--start-block <number>',
    'events count after this block (default: the one before the deployment, which needs an endpoint with old states)',
  ).argParser(integer(0, Number.MAX_SAFE_INTEGER)),
  new Option('--chain-id <name>', 'name of the network (default: peg- and a random word)').argParser(parseChainId),
];

function parseChainId(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/.test(text)) throw new InvalidArgumentError('expected 1 to 50 letters, digits, - . _');
  return text;
}

/** Several endpoints of Ethereum, or the devnet's. */
export const ethereumUrlsFlag = () => {
  const unnamed: readonly string[] = [DEFAULT_ETHEREUM];
  return new Option('--ethereum <url...>', 'JSON-RPC addresses of Ethereum; with several, enough must agree')
    .env('PEG_ETHEREUM')
    .default(unnamed, DEFAULT_ETHEREUM)
    .argParser((text: string, urls: readonly string[]) => [...(urls === unnamed ? [] : urls), parseUrl(text)]);
};

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
