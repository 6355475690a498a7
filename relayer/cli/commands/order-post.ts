import { text as readAll } from 'node:stream/consumers';
import { hex, textBytes } from '../../lib/bytes.ts';
import { CodedError } from '../../lib/errors.ts';
import type { Domain } from '../../peg/types.ts';
import type { CommandDefinition } from '../command.ts';
import { jsonFlag, nodeFlag, signerFlags } from '../flags.ts';
import { show, withNode } from '../node-access.ts';

/** `ORDER_REFUSED`: the network did not take the order; the message says which of its rules is against it. */
export type OrderPostErrorCode = 'ORDER_REFUSED';

/** `peg order post FILE`: signs an order for the current round, posts it and waits for its block. */
export const orderPost: CommandDefinition = {
  usage: 'order post <file>',
  summary: 'sign the payload in a file (- for standard input) as an order of this round and post it',
  options: [...signerFlags(), nodeFlag(), jsonFlag()],
  example: 'peg order post order.json --staker 0',
  async run([file = '-'], flags, terminal) {
    const { readInput, readSigner } = await import('../signer.ts');
    const { signTransaction } = await import('../../peg/sign-transaction.ts');
    const payload = textBytes(file === '-' ? await readAll(terminal.input) : await readInput(file));
    const posted = await withNode(flags, terminal, async (client) => {
      const domain = (await client.query('/domain', terminal.signal)) as Omit<Domain, 'chainId'> & { chainId: number };
      const round = (await client.query('/round', terminal.signal)) as { number: number };
      const chainId = BigInt(domain.chainId);
      const wallet = await readSigner(flags, chainId);
      const order = { type: 'order', round: BigInt(round.number), payload } as const;
      const tx = signTransaction({ ...domain, chainId }, order, hex(wallet.privateKey));
      return {
        round: round.number,
        poster: wallet.address.toLowerCase(),
        ...(await client.broadcastCommit(tx, terminal.signal)),
      };
    });
    const { checkTx, txResult } = posted;
    const refusal = checkTx.code !== 0 ? checkTx : txResult.code !== 0 ? txResult : undefined;
    if (refusal !== undefined) {
      const { code, codespace, log } = refusal;
      throw new CodedError<OrderPostErrorCode>('ORDER_REFUSED', `the order was refused (${codespace} ${code}): ${log}`, {
        code,
        codespace,
      });
    }
    const attributes = txResult.events.find(({ type }) => type === 'order')?.attributes ?? {};
    const document = {
      id: attributes.id,
      poster: posted.poster,
      round: posted.round,
      height: posted.height,
      left: Number(attributes.left),
    };
    show(flags, terminal, document, [
      `order ${document.id} is in block ${document.height}`,
      `${document.left} orders left for ${document.poster} in round ${document.round}`,
    ]);
  },
};
