import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { ethereumUrlsFlag, integer, jsonFlag, nodeFlag } from '../flags.ts';
import { show, withNode } from '../node-access.ts';
import { witnessFlags } from '../witness-signer.ts';

/** `peg govern correct`: after a breach, moves that the peg adopts the contract's ledger at a block. Can be run again. */
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
    const { changeLines, openMotionOf, outcomeOf } = await import('../motions.ts');
    const { openSpeaker, readMotions, readValidators } = await import('../governing.ts');
    const { balancesLine, supportCorrection } = await import('../support-correction.ts');
    await withNode(flags, terminal, async (client) => {
      const speaker = await openSpeaker(client, flags, terminal);
      const workedOut = await correctionAt(client, flags.ethereum as readonly string[], BigInt(flags.at as number), terminal);
      const { correction } = workedOut;
      const height = BigInt((await client.status(terminal.signal)).height);
      const moved = openMotionOf(await readMotions(client, terminal), correction, height + 1n);
      const motion = moved ?? { expiry: height + BigInt(flags.expiresIn as number), changes: [correction] };
      const { motion: id, voice, answer } = await supportCorrection(client, speaker, motion, workedOut, terminal);
      const { hash, ledger } = correction;
      const place = { motion: id, expiry: Number(motion.expiry), block: flags.at, hash, ledger };
      const state = { missing: answer?.missing.length ?? 0, decision: answer?.decision ?? null };
      const { validator, name } = speaker;
      show(flags, terminal, { ...place, validator, name, height: voice?.height ?? null, ...state }, [
        voice === undefined ? `${name} had voted for ${id}` : `${name} ${moved === undefined ? 'moved' : 'votes for'} ${id}`,
        ...changeLines(motion, await readValidators(client, terminal)).map((line) => `  ${line}`),
        ...(answer === undefined ? ['no longer open'] : [balancesLine(answer), outcomeOf(answer)]),
        `others check and support it with: peg govern vote ${id.slice(0, 18)} --ethereum URL`,
      ]);
    });
  },
};
