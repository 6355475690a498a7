import { Option } from 'commander';
import type { DevnetEngine, DevnetOptions } from '../../devnet/devnet-options.ts';
import { type Hex, hex } from '../../lib/bytes.ts';
import { CodedError } from '../../lib/errors.ts';
import type { CommandDefinition, Flags, Terminal } from '../command.ts';
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
    new Option('--engine <name>', 'consensus: embedded (one process) or cometbft (two processes a validator)')
      .choices(['embedded', 'cometbft'])
      .default('embedded'),
    new Option('--cometbft <path>', 'with --engine cometbft: this program'),
    new Option('--cometbft-version <version>', 'with --engine cometbft: this installed version, such as v0.39.4'),
    new Option(
      '--port <base>',
      `base of the ports, 10 a validator; 0: any free ones (default: ${DEFAULT_PORT}, with --once 0)`,
    ).argParser(parsePort),
    new Option('--home <dir>', 'keep the state in this folder (default: temporary)'),
    new Option('--no-dashboard', 'serve no dashboard'),
    new Option('--no-activity', 'nobody stakes or posts by itself after the result'),
  ],
  example: 'peg devnet --once --json --validators 7 --stakes stakes.json',
  async run(_args, flags, terminal) {
    const options = await readOptions(flags, terminal);
    const { runDevnet } = await import('../run-devnet.ts');
    const mode = { once: flags.once === true, json: flags.json === true, timeoutMs: timeoutMs(flags) };
    await runDevnet(options, { ...mode, activity: flags.activity === true }, terminal);
  },
};

function timeoutMs(flags: Flags): number | undefined {
  return flags.timeout === undefined ? undefined : 1000 * (flags.timeout as number);
}

async function readOptions(flags: Flags, terminal: Terminal): Promise<DevnetOptions> {
  const once = flags.once === true;
  const port = (flags.port as number | undefined) ?? (once ? 0 : DEFAULT_PORT);
  const [{ DEFAULT_STAKES, parseStakes }, { readInput, readKeyFile }, { builtDashboard }] = await Promise.all([
    import('../../devnet/stakes.ts'),
    import('../signer.ts'),
    import('../built-dashboard.ts'),
  ]);
  const file = flags.stakes as string | undefined;
  return {
    engine: await readEngine(flags, terminal),
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

async function readEngine(flags: Flags, { env }: Terminal): Promise<DevnetEngine> {
  const { cometbft, cometbftVersion } = flags as { cometbft?: string; cometbftVersion?: string };
  if (flags.engine === 'embedded') {
    if (cometbft === undefined && cometbftVersion === undefined) return { kind: 'embedded' };
    throw new CodedError<CliErrorCode>('USAGE', '--cometbft and --cometbft-version go with --engine cometbft');
  }
  const [{ PEG_COMMAND, withoutSettings }, { locateCometBft }] = await Promise.all([
    import('../own-command.ts'),
    import('../locate-cometbft.ts'),
  ]);
  const { path } = await locateCometBft({ path: cometbft, version: cometbftVersion }, env);
  return { kind: 'cometbft', command: PEG_COMMAND, env: withoutSettings(env), cometbft: path };
}
