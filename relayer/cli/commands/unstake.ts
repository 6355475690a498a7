import type { CommandDefinition } from '../command.ts';
import { ethereumFlag, jsonFlag, nodeFlag, parseAmount, signerFlags } from '../flags.ts';

/** `peg unstake AMOUNT`, in base units. */
export const unstake: CommandDefinition = {
  usage: 'unstake <amount>',
  summary: 'take stake back out of the contract (amount in base units)',
  options: [...signerFlags(), ethereumFlag(), nodeFlag(), jsonFlag()],
  example: 'peg unstake 1000 --staker 0',
  async run([amount = ''], flags, terminal) {
    const { changeStake } = await import('../staking.ts');
    await changeStake('removeStake', parseAmount(amount), flags, terminal);
  },
};
