import { InvalidArgumentError, Option } from 'commander';
import type { DevnetOptions } from '../../devnet/devnet-options.ts';
import { type Hex, hex } from '../../lib/bytes.ts';
import { CodedError } from '../../lib/errors.ts';
import type { CommandDefinition, Flags } from '../command.ts';
import type { CliErrorCode } from '../exit-codes.ts';
import { integer, jsonFlag, parseAddress, parseUrl } from '../flags.ts';

const SAFE = Number.MAX_SAFE_INTEGER;
const DEFAULT_PORT = 26600;
/** Most validators that one process drives. */
const MOST_VALIDATORS = 100;

function parsePort(text: string): number {
  return text === '0' ? 0 : integer(1024, 65_000)(text);
}

function parsePowers(text: string): readonly number[] {
  const powers = text.split(',').map(integer(1, 1_000_000));
  if (powers.length > MOST_VALIDATORS) throw new InvalidArgumentError(`at most ${MOST_VALIDATORS} validators.`);
  return powers;
}

/** `peg devnet`, which `npm start` runs: a whole peg on this machine. */
export const devnet: CommandDefinition = {
  usage: 'devnet',
  summary: 'run a whole peg on this machine: Ethereum, contract, validators, stakers',
  options: [
    new Option('--once', 'end when the limits of the first full round with all stakes are adopted by every validator'),
    jsonFlag(),
    new Option('--timeout <seconds>', 'with --once: fail when it takes longer').argParser(integer(1, 86_400)),
    new Option('--validators <n>', 'size of the validator set (default: 4)').argParser(integer(1, MOST_VALIDATORS)),
    new Option('--powers <list>', 'voting power of each validator, e.g. 10,1,1,1 (default: 1 each)').argParser(parsePowers),
    new Option('--finality-threshold <blocks>', 'blocks that must bury a block before it is voted for')
      .argParser(integer(1, 10_000))
      .default(6),
    new Option('--period-length <blocks>', 'length of a staking period').argParser(integer(1, 1_000_000)).default(20),
    new Option('--period-limit <orders>', 'orders a period, shared by stake').argParser(integer(1, SAFE)).default(75_000),
    new Option('--max-order-bytes <bytes>', 'largest order').argParser(integer(1, 131_072)).default(8_192),
    new Option('--stakes <file>', 'scripted stakes and removals, a JSON list (default: three stakers)'),
    new Option('--ethereum <url>', 'use this Ethereum instead of starting one (repeatable)')
      .argParser((text: string, all: string[] | undefined) => [...(all ?? []), parseUrl(text)])
      .default([] as string[], 'its own'),
    new Option('--contract <address>', 'use this MakerStaking instead of deploying one').argParser(parseAddress),
    new Option('--deployer-key-file <file>', 'private key that pays (default: an account that the chain keeps unlocked)'),
    new Option('--engine <name>', 'consensus: embedded or cometbft').choices(['embedded', 'cometbft']).default('embedded'),
    new Option(
      '--port <base>',
      `base of the ports, 10 a validator; 0: any free ones (default: ${DEFAULT_PORT}, with --once 0)`,
    ).argParser(parsePort),
    new Option('--home <dir>', 'keep the state in this folder (default: temporary)'),
    new Option('--no-dashboard', 'serve no dashboard'),
  ],
  example: 'peg devnet --once --json --validators 7 --stakes stakes.json',
  async run(_args, flags, terminal) {
    const options = await readOptions(flags);
    const { runDevnet } = await import('../run-devnet.ts');
    await runDevnet(options, { once: flags.once === true, json: flags.json === true, timeoutMs: timeoutMs(flags) }, terminal);
  },
};

function timeoutMs(flags: Flags): number | undefined {
  return flags.timeout === undefined ? undefined : 1000 * (flags.timeout as number);
}

async function readOptions(flags: Flags): Promise<DevnetOptions> {
  if (flags.engine === 'cometbft') {
    throw new CodedError<CliErrorCode>('USAGE', '--engine cometbft is not there yet: this version runs the embedded engine only');
  }
  const once = flags.once === true;
  const port = (flags.port as number | undefined) ?? (once ? 0 : DEFAULT_PORT);
  const [{ DEFAULT_STAKES, parseStakes }, { readInput, readKeyFile }] = await Promise.all([
    import('../../devnet/stakes.ts'),
    import('../signer.ts'),
  ]);
  const file = flags.stakes as string | undefined;
  return {
    powers: readPowers(flags),
    params: {
      finalityThreshold: BigInt(flags.finalityThreshold as number),
      periodLength: BigInt(flags.periodLength as number),
      periodLimit: BigInt(flags.periodLimit as number),
      maxOrderBytes: BigInt(flags.maxOrderBytes as number),
    },
    stakes: file === undefined ? DEFAULT_STAKES : parseStakes(await readInput(file), file),
    ethereumUrls: flags.ethereum as string[],
    ...(flags.contract !== undefined && { contract: flags.contract as Hex }),
    ...(flags.deployerKeyFile !== undefined && {
      deployerKey: hex((await readKeyFile(flags.deployerKeyFile as string)).privateKey),
    }),
    ...(port !== 0 && { portBase: port }),
    ...(flags.home !== undefined && { home: flags.home as string }),
    http: !once,
    ...(!once && flags.dashboard === true && { dashboard: await builtDashboard() }),
    blockIntervalMs: once ? 50 : 1_000,
  };
}

function readPowers(flags: Flags): readonly number[] {
  const powers = flags.powers as readonly number[] | undefined;
  const size = flags.validators as number | undefined;
  if (powers !== undefined && size !== undefined && powers.length !== size) {
    throw new CodedError<CliErrorCode>('USAGE', `--validators ${size} does not fit --powers with ${powers.length} numbers`);
  }
  return powers ?? Array.from({ length: size ?? 4 }, () => 1);
}

/** The page is built at its first use; it takes a second or two. */
async function builtDashboard(): Promise<string> {
  const { buildDashboard } = await import('../../../scripts/build-dashboard.mjs');
  return buildDashboard();
}
