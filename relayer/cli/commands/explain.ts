import type { Hex } from '../../lib/bytes.ts';
import { CodedError } from '../../lib/errors.ts';
import type { CommandDefinition } from '../command.ts';
import type { CliErrorCode } from '../exit-codes.ts';
import { ethereumFlag, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';

/** `peg explain TX|NONCE`: why a stake is, or is not yet, in the balances. */
export const explain: CommandDefinition = {
  usage: 'explain <event>',
  summary: 'say where a stake event (its Ethereum transaction, or its nonce) was observed, who voted for it, when it counts',
  options: [nodeFlag(), ethereumFlag(), jsonFlag()],
  example: 'peg explain 3',
  async run([text = ''], flags, terminal) {
    const what = parseEvent(text);
    const { explainEvents, explanationJson, explanationLines } = await import('../explain-events.ts');
    const explained = await withNode(flags, terminal, (client) =>
      explainEvents(what, client, flags.ethereum as string, terminal.signal),
    );
    const lines = explained.flatMap((event, index) => (index === 0 ? explanationLines(event) : ['', ...explanationLines(event)]));
    show(flags, terminal, explained.map(explanationJson), lines);
  },
};

function parseEvent(text: string): Hex | bigint {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Hex;
  if (/^[1-9][0-9]{0,18}$/.test(text)) return BigInt(text);
  throw new CodedError<CliErrorCode>('USAGE', `"${text}" is neither a transaction (0x and 64 hex digits) nor an event's nonce`);
}
