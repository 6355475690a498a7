import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { ethereumUrlsFlag, integer, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';

/** `peg audit`: folds every event of the contract and holds the peg's ledger against it. */
export const audit: CommandDefinition = {
  usage: 'audit',
  summary: "fold all events on Ethereum and compare the peg's ledger with them and with the contract's books",
  options: [
    ethereumUrlsFlag(),
    new Option('--at <height>', 'audit the ledger of this peg height instead of the last; nodes keep a few').argParser(
      integer(1, Number.MAX_SAFE_INTEGER),
    ),
    nodeFlag(),
    jsonFlag(),
  ],
  example: 'peg audit --ethereum http://127.0.0.1:26609',
  async run(_args, flags, terminal) {
    const { assertClean, auditJson, auditLedger, auditLines } = await import('../audit-ledger.ts');
    const at = flags.at === undefined ? undefined : BigInt(flags.at as number);
    const report = await withNode(flags, terminal, (client) =>
      auditLedger(client, flags.ethereum as readonly string[], at, terminal),
    );
    if (flags.json === true || report.differences.length === 0) show(flags, terminal, auditJson(report), auditLines(report));
    assertClean(report);
  },
};
