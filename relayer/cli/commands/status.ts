import { Option } from 'commander';
import type { StatusDocument } from '../../client/documents.ts';
import type { CommandDefinition, Flags, Terminal } from '../command.ts';
import type { CliErrorCode } from '../exit-codes.ts';
import { DEFAULT_API, DEFAULT_NODE, jsonFlag, nodeFlag, parseUrl } from '../flags.ts';
import { show, withNode } from '../node-access.ts';

interface EthereumAnswer {
  readonly nonce: number;
  readonly accumulator: string;
  readonly matureEthBlock: number | null;
  readonly matureBlockHash: string;
  readonly chainId: number;
  readonly stakingContract: string;
  readonly breach: { readonly height: number; readonly reason: string } | null;
}

/** `peg status`: whether the node runs, where the network stands, and whether anything is wrong. */
export const status: CommandDefinition = {
  usage: 'status',
  summary: 'show where a node and its network stand',
  options: [
    nodeFlag(),
    new Option('--api <url>', "address of the same node's HTTP interface, which knows its witness and alarms")
      .env('PEG_API')
      .argParser(parseUrl),
    jsonFlag(),
  ],
  example: 'peg status --node http://127.0.0.1:26600 --api http://127.0.0.1:26601',
  async run(_args, flags, terminal) {
    const chain = await withNode(flags, terminal, async (client) => {
      const [node, round, ethereum] = await Promise.all([
        client.status(),
        client.query('/round', terminal.signal) as Promise<{ number: number; startsAt: number; endsAt: number; limit: number }>,
        client.query('/ethereum', terminal.signal) as Promise<EthereumAnswer>,
      ]);
      return { ...node, round, ethereum };
    });
    const own = await readOwn(flags, terminal, chain);
    const document = { ...chain, witness: own?.witness ?? null, alarms: own?.alarms ?? null };
    const { round, ethereum } = chain;
    show(flags, terminal, document, [
      `network    ${document.network}, node ${document.moniker}`,
      `height     ${document.height}, app hash ${document.appHash}`,
      `round      ${round.number} (Ethereum blocks ${round.startsAt + 1} to ${round.endsAt}, ${round.limit} orders)`,
      `ethereum   chain ${ethereum.chainId}, contract ${ethereum.stakingContract}`,
      ethereum.matureEthBlock === null
        ? 'final      nothing yet: the first round has not begun'
        : `final      block ${ethereum.matureEthBlock} ${ethereum.matureBlockHash}, ${ethereum.nonce} events applied`,
      ethereum.breach === null
        ? 'breach     none'
        : `breach     at Ethereum block ${ethereum.breach.height}: ${ethereum.breach.reason}; nothing is applied any more`,
      ...ownLines(own),
    ]);
  },
};

type Own = Pick<StatusDocument, 'witness' | 'alarms'>;

/**
 * What the node's own interface says of it. The devnet's is found by itself; undefined where none is named, or none answers at
 * an address that was not given. Throws USAGE when the interface is another node's.
 */
async function readOwn(
  { api, node }: Flags,
  { signal }: Terminal,
  { network, moniker }: { readonly network: string; readonly moniker: string },
): Promise<Own | undefined> {
  const url = (api as string | undefined) ?? (node === DEFAULT_NODE ? DEFAULT_API : undefined);
  if (url === undefined) return undefined;
  const [{ createPegClient }, { CodedError, hasCode }] = await Promise.all([
    import('../../client/peg-client.ts'),
    import('../../lib/errors.ts'),
  ]);
  try {
    const status = await createPegClient(url).status(signal);
    if (status.network === network && status.node === moniker) return status;
    const message = `the interface at ${url} is that of ${status.node} of ${status.network}, not of ${moniker} of ${network}`;
    throw new CodedError<CliErrorCode>('USAGE', message);
  } catch (error) {
    if (api === undefined && !signal.aborted && hasCode(error, 'PEG_UNREACHABLE')) return undefined;
    throw error;
  }
}

function ownLines(own: Own | undefined): readonly string[] {
  if (own === undefined) return ['witness    not asked: name the HTTP interface of the node with --api'];
  return [
    `witness    ${own.witness?.state ?? 'none: a full node'}`,
    ...(own.alarms.length === 0 ? ['alarm      none'] : own.alarms.map((alarm) => `alarm      ${alarm}`)),
  ];
}
