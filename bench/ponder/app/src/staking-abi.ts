const of = <Name extends string>(name: Name) =>
  ({
    type: 'event',
    name,
    inputs: [
      { name: 'staker', type: 'address', indexed: true },
      { name: 'amount', type: 'uint256', indexed: false },
      { name: 'nonce', type: 'uint256', indexed: false },
    ],
  }) as const;

export const stakingAbi = [of('StakeMade'), of('StakeRemoved')] as const;
