import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { ethereumUrlsFlag, integer, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';
import { witnessFlags } from '../witness-signer.ts';

/** `peg govern correct`: after a breach, moves that the peg adopts the contract's ledger at a block. */
export const governCorrect: CommandDefinition = {
  usage: 'govern correct',
  summary: "after a breach, move that the peg adopts the contract's ledger at an Ethereum block, and vote for it",
  options: [
    new Option('--at <block>', 'Ethereum block within the current round, final beyond doubt')
      .makeOptionMandatory()
      .argParser(integer(0, Number.MAX_SAFE_INTEGER)),
    new Option('--expires-in <blocks>', 'peg blocks for which it may be voted on').default(10_000).argParser(integer(1, 999_999)),
    ethereumUrlsFlag(),
    ...witnessFlags(),
    nodeFlag(),
    jsonFlag(),
  ],
  example: 'peg govern correct --at 21400080 --ethereum https://eth.example --witness-key-file ~/.peg/witness-key.json',
  async run(_args, flags, terminal) {
    const { correctionAt } = await import('../correct-ledger.ts');
    const { changeLines } = await import('../motions.ts');
    const { readValidators, sendVoice } = await import('../governing.ts');
    const { motionId } = await import('../../peg/motion.ts');
    await withNode(flags, terminal, async (client) => {
      const change = await correctionAt(client, flags.ethereum as readonly string[], BigInt(flags.at as number), terminal);
      const { height } = await client.status(terminal.signal);
      const motion = { expiry: BigInt(height) + BigInt(flags.expiresIn as number), changes: [change] };
      const sent = await sendVoice(client, flags, terminal, { type: 'govern', support: true, motion });
      const id = motionId(motion);
      const { hash, ledger } = change;
      show(flags, terminal, { motion: id, expiry: Number(motion.expiry), block: flags.at, hash, ledger, ...sent }, [
        `${sent.name} moved ${id} (in peg block ${sent.height})`,
        ...changeLines(motion, await readValidators(client, terminal)).map((line) => `  ${line}`),
        `others check and support it with: peg govern vote ${id.slice(0, 18)} --ethereum URL`,
      ]);
    });
  },
};
