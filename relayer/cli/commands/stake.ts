import type { CommandDefinition } from '../command.ts';
import { ethereumFlag, jsonFlag, nodeFlag, parseAmount, signerFlags } from '../flags.ts';

/** `peg stake AMOUNT`, in base units. */
export const stake: CommandDefinition = {
  usage: 'stake <amount>',
  summary: 'stake tokens in the contract (amount in base units)',
  options: [...signerFlags(), ethereumFlag(), nodeFlag(), jsonFlag()],
  example: 'peg stake 1000 --staker 0',
  async run([amount = ''], flags, terminal) {
    const { changeStake } = await import('../staking.ts');
    await changeStake('stake', parseAmount(amount), flags, terminal);
  },
};
