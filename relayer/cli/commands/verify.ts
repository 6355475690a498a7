import { InvalidArgumentError, Option } from 'commander';
import type { Question } from '../../comet/light-client/state-record.ts';
import { CodedError } from '../../lib/errors.ts';
import type { CommandDefinition, Flags } from '../command.ts';
import type { CliErrorCode } from '../exit-codes.ts';
import { jsonFlag, nodeFlag, parseAddress, parseUrl } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg verify balance|limit ADDRESS`, `peg verify round`: an answer that needs no trust in the node that gives it. */
export const verify: CommandDefinition = {
  usage: 'verify <what> [address]',
  summary:
    'prove a balance, a limit or the round (balance|limit|round) against a block that you trust, whoever the node belongs to',
  options: [
    new Option('--trusted-height <n>', 'height of a block that you trust').argParser(parseHeight),
    new Option(
      '--trusted-hash <hash>',
      'its hash, from a source other than the node: your own validator, an explorer, a friend',
    ).argParser(parseHash),
    nodeFlag(),
    new Option('--witness-node <url...>', 'nodes that must have the same block; any number').argParser(collectUrls),
    new Option('--trusting-period <time>', 'how old the trusted block may be: s, m, h or d')
      .default(86_400_000, '24h')
      .argParser(parsePeriod),
    new Option('--timeout <seconds>', 'for one question to a node').default(10).argParser(parseSeconds),
    jsonFlag(),
  ],
  example:
    'peg verify balance 0x6f2d7c1cbb2d1ab0f8b9b16b1b1de7e2f0f6f5a1 --trusted-height 12 --trusted-hash 7AB3… --node http://127.0.0.1:26600',
  async run([what = '', address], flags, terminal) {
    const question = parseQuestion(what, address);
    const trust = trustOf(flags);
    const { verifyState } = await import('../verify-state.ts');
    const { document, lines } = await verifyState(
      question,
      {
        trust,
        node: flags.node as string,
        witnesses: (flags.witnessNode as readonly string[] | undefined) ?? [],
        timeoutMs: (flags.timeout as number) * 1000,
      },
      terminal,
    );
    show(flags, terminal, document, lines);
  },
};

function parseQuestion(what: string, address: string | undefined): Question {
  if (what === 'round') {
    if (address !== undefined) throw usage('the round is of all: `peg verify round` takes no address');
    return { kind: 'round' };
  }
  if (what !== 'balance' && what !== 'limit') throw usage(`"${what}" cannot be verified: use balance, limit or round`);
  if (address === undefined) throw usage(`name the address: peg verify ${what} 0x…`);
  try {
    return { kind: what, address: parseAddress(address) as `0x${string}` };
  } catch (error) {
    throw usage(`"${address}" is not an address: ${(error as Error).message}`);
  }
}

function trustOf(flags: Flags): { height: bigint; hash: Uint8Array; trustingPeriodMs: number } {
  const { trustedHeight, trustedHash, trustingPeriod } = flags;
  if (trustedHeight === undefined || trustedHash === undefined)
    throw usage(
      'give --trusted-height and --trusted-hash of a block that you trust, from a node of your own or of somebody you believe: ' +
        '`peg status --json` there shows height and blockHash',
    );
  return { height: trustedHeight as bigint, hash: trustedHash as Uint8Array, trustingPeriodMs: trustingPeriod as number };
}

function usage(message: string): CodedError<CliErrorCode> {
  return new CodedError<CliErrorCode>('USAGE', message);
}

function parseHeight(text: string): bigint {
  if (!/^[1-9][0-9]{0,17}$/.test(text)) throw new InvalidArgumentError('expected a height, at least 1.');
  return BigInt(text);
}

function parseHash(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '');
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw new InvalidArgumentError('expected 64 hex digits.');
  return Uint8Array.from(digits.match(/../g) as string[], (pair) => Number.parseInt(pair, 16));
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parsePeriod(text: string): number {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? 0);
  if (ms === 0) throw new InvalidArgumentError('expected a number and s, m, h or d, such as 12h.');
  return ms;
}

function parseSeconds(text: string): number {
  const seconds = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds < 1) throw new InvalidArgumentError('expected seconds, at least 1.');
  return seconds;
}

function collectUrls(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), parseUrl(text)];
}
