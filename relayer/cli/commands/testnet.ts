import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { contractFlags, integer, jsonFlag, paramFlags, readPowers, setFlags } from '../flags.ts';
import { show, table } from '../node-access.ts';

const DEFAULT_PORT = 26600;

/** `peg testnet`: the homes of a network that can be started at once, on one machine or on many. */
export const testnet: CommandDefinition = {
  usage: 'testnet',
  summary: 'make the homes of a new network: validators that know each other, and one genesis',
  options: [
    new Option('--output <dir>', 'folder for the homes, one a validator').makeOptionMandatory(),
    ...setFlags(),
    ...contractFlags(),
    ...paramFlags(),
    new Option('--starting-port <base>', 'on one machine: JSON-RPC of validator i at base + 10·i, HTTP + 1, peers + 2')
      .argParser(integer(1024, 65_000))
      .default(DEFAULT_PORT),
    new Option('--hosts <list>', 'one machine a validator: their addresses, each with the ports of validator 0').argParser(
      (text) => text.split(','),
    ),
    jsonFlag(),
  ],
  example: 'peg testnet --validators 4 --output net --ethereum http://127.0.0.1:8545 --contract 0x…',
  async run(_args, flags, terminal) {
    const { makeTestnet } = await import('../make-testnet.ts');
    const { network, nodes } = await makeTestnet({ ...flags, powers: readPowers(flags) }, terminal);
    const rows = nodes.map(({ home, rpcUrl, httpUrl, peer }) => [home, rpcUrl, httpUrl, peer]);
    show(flags, terminal, { network, nodes }, [
      `network ${network}`,
      ...table([['home', 'JSON-RPC', 'interface', 'peer'], ...rows]),
    ]);
    terminal.err('\nStart each of them, in any order:');
    for (const { home } of nodes) terminal.err(`  peg start --home ${home}`);
  },
};
