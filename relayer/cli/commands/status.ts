import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag } from '../flags.ts';
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
  options: [nodeFlag(), jsonFlag()],
  example: 'peg status --node http://127.0.0.1:26600',
  async run(_args, flags, terminal) {
    const document = await withNode(flags, terminal, async (client) => {
      const [node, round, ethereum] = await Promise.all([
        client.status(),
        client.query('/round', terminal.signal) as Promise<{ number: number; startsAt: number; endsAt: number; limit: number }>,
        client.query('/ethereum', terminal.signal) as Promise<EthereumAnswer>,
      ]);
      return { ...node, round, ethereum };
    });
    const { round, ethereum } = document;
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
    ]);
  },
};
