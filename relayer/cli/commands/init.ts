import { Option } from 'commander';
import type { CommandDefinition, Flags } from '../command.ts';
import { contractFlags, homeFlag, integer, jsonFlag, paramFlags } from '../flags.ts';
import type { MadeHome } from '../init-home.ts';
import { show } from '../node-access.ts';

/** `peg init`: a home folder with config, keys and genesis, of a validator or of a full node. */
export const init: CommandDefinition = {
  usage: 'init',
  summary: 'make the home of a node: config, keys, and a genesis of its own or a given one',
  options: [
    homeFlag(),
    new Option('--name <name>', 'name of the node').default('node'),
    new Option('--genesis <file>', 'genesis of the network to join (default: a new network with this one validator)'),
    ...contractFlags(),
    ...paramFlags(),
    new Option('--power <n>', 'voting power in a new network').argParser(integer(1, 1_000_000)).default(1),
    new Option('--full-node', 'no witness key: follow the network without a vote'),
    new Option('--password-file <file>', 'password of the witness key (default: asked for, now and at every start)'),
    new Option('--peer <node>', 'a node of the network as NODE_ID@HOST:PORT (repeatable)')
      .argParser((text: string, all: readonly string[]) => [...all, text])
      .default([] as string[]),
    jsonFlag(),
  ],
  example: 'peg init --home ~/.peg --name alice --ethereum https://eth.example --contract 0x… --password-file ~/password',
  async run(_args, flags, terminal) {
    const { initHome } = await import('../init-home.ts');
    const made = await initHome(flags, terminal);
    show(flags, terminal, made, [
      `home               ${made.home}`,
      `network            ${made.network}`,
      `node id            ${made.nodeId}`,
      `consensus address  ${made.consensusAddress}`,
      `consensus key      ${made.consensusKey}`,
      `witness            ${made.witness ?? 'none: a full node'}`,
    ]);
    for (const line of nextSteps(made, flags)) terminal.err(line);
  },
};

function nextSteps({ home, consensusKey, witness }: MadeHome, flags: Flags): readonly string[] {
  const member = `${consensusKey},${flags.power},${witness},${flags.name}`;
  const joins = flags.genesis !== undefined;
  return [
    '',
    `Settings are in ${home}/peg.toml. Next:`,
    ...(joins && (flags.peer as string[]).length === 0 ? ['  name nodes of the network: consensus.peers in that file'] : []),
    ...(flags.ethereum === undefined && flags.fullNode !== true
      ? ['  name an Ethereum endpoint: ethereum.urls in that file']
      : []),
    `  peg start --home ${home}`,
    ...(joins && flags.fullNode !== true
      ? [`  when it has caught up, let the validators vote it in: peg govern propose --add ${member}`]
      : []),
  ];
}
