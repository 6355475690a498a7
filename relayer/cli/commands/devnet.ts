import { Option } from 'commander';
import type { DevnetOptions } from '../../devnet/devnet-options.ts';
import { type Hex, hex } from '../../lib/bytes.ts';
import { CodedError } from '../../lib/errors.ts';
import type { CommandDefinition, Flags } from '../command.ts';
import type { CliErrorCode } from '../exit-codes.ts';
import { integer, jsonFlag, paramFlags, parseAddress, parseUrl, readParams, readPowers, setFlags } from '../flags.ts';

const DEFAULT_PORT = 26600;

function parsePort(text: string): number {
  return text === '0' ? 0 : integer(1024, 65_000)(text);
}

/** `peg devnet`, which `npm start` runs: a whole peg on this machine. */
export const devnet: CommandDefinition = {
  usage: 'devnet',
  summary: 'run a whole peg on this machine: Ethereum, contract, validators, stakers',
  options: [
    new Option('--once', 'end when the limits of the first full round with all stakes are adopted by every validator'),
    jsonFlag(),
    new Option('--timeout <seconds>', 'with --once: fail when it takes longer').argParser(integer(1, 86_400)),
    ...setFlags(),
    ...paramFlags(),
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
  const [{ DEFAULT_STAKES, parseStakes }, { readInput, readKeyFile }, { builtDashboard }] = await Promise.all([
    import('../../devnet/stakes.ts'),
    import('../signer.ts'),
    import('../built-dashboard.ts'),
  ]);
  const file = flags.stakes as string | undefined;
  return {
    powers: readPowers(flags),
    params: readParams(flags),
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
