import type { CommandDefinition } from '../command.ts';
import { ethereumFlag, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';

/** `peg audit`: folds every event of the contract and holds the peg's ledger against it. */
export const audit: CommandDefinition = {
  usage: 'audit',
  summary: "fold all events on Ethereum and compare the peg's ledger with the contract's at the last final block",
  options: [ethereumFlag(), nodeFlag(), jsonFlag()],
  example: 'peg audit --ethereum http://127.0.0.1:26609',
  async run(_args, flags, terminal) {
    const { auditLedger } = await import('../audit-ledger.ts');
    const report = await withNode(flags, terminal, (client) => auditLedger(client, flags.ethereum as string, terminal));
    show(flags, terminal, report, [
      `audited ${report.events} events of ${report.contract} up to Ethereum block ${report.block}`,
      `nonce ${report.nonce} and accumulator ${report.accumulator}: equal`,
      `${report.balances} balances, ${report.staked} base units in all: equal`,
    ]);
  },
};
