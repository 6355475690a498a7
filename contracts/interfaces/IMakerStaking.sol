// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title What stakers, agents and the validators of the peg see of the staking contract
/// @notice Holds one ERC-20 token for its stakers. Nobody but a staker can reduce a stake: there is no owner, no pause
/// and no upgrade.
/// @dev Validators follow the two events. Every event is folded into a running hash, the accumulator, that stands in a
/// storage slot; whoever has read the events can prove against it that none is missing, added, changed or out of order.
///
/// Storage, for readers that verify by `eth_getProof` (part of the interface, never to be moved):
///
/// | slot | bits    | value                                      |
/// | ---- | ------- | ------------------------------------------ |
/// | 0    | 0-63    | `eventNonce`                               |
/// | 0    | 64-255  | low 192 bits of `totalStaked`              |
/// | 1    | 0-255   | `accumulator`                              |
/// | 2    | 0-63    | high 64 bits of `totalStaked`              |
/// | 3    |         | `stakeOf`: keccak256(abi.encode(staker, 3)) |
interface IMakerStaking {
    /// @notice An amount of zero was given; there is no event without an amount.
    error ZeroAmount();

    /// @notice The zero address was given for a staker or for the token.
    error ZeroAddress();

    /// @notice There is no contract at the address given for the token.
    /// @param token The address without code
    error TokenWithoutCode(address token);

    /// @notice The token reported a successful transfer, but this contract holds no more of it than before.
    error NothingArrived();

    /// @notice More was asked for than the caller has staked.
    /// @param staker The caller
    /// @param stake What the caller has staked
    /// @param amount What was asked for
    error InsufficientStake(address staker, uint256 stake, uint256 amount);

    /// @notice Paying out took another amount from this contract than the staker is debited, which would leave the other
    /// stakers short or leave tokens behind.
    /// @param amount What the staker asked for
    /// @param before What this contract held before
    /// @param present What it holds now
    error PayoutMismatch(uint256 amount, uint256 before, uint256 present);

    /// @notice A stake grew.
    /// @param staker Whose stake it is, whoever paid
    /// @param amount What arrived in the contract, in the token's base units
    /// @param nonce Number of this event: the first event of either kind has 1, each further one is higher by one
    event StakeMade(address indexed staker, uint256 amount, uint256 nonce);

    /// @notice A stake shrank.
    /// @param staker Whose stake it is, and who was paid
    /// @param amount What left the contract, in the token's base units
    /// @param nonce Number of this event: the first event of either kind has 1, each further one is higher by one
    event StakeRemoved(address indexed staker, uint256 amount, uint256 nonce);

    /// @notice Moves tokens from the caller into the caller's stake. Needs an allowance.
    /// @dev A token that takes a fee on transfer is credited with what arrived. Emits `StakeMade`.
    /// @param amount What leaves the caller, in the token's base units, not zero
    function stake(uint256 amount) external;

    /// @notice Moves tokens from the caller into somebody else's stake: only `staker` can remove them again.
    /// @dev Needs an allowance of the caller. Emits `StakeMade`.
    /// @param staker Who is credited, not the zero address
    /// @param amount What leaves the caller, in the token's base units, not zero
    function stakeFor(address staker, uint256 amount) external;

    /// @notice Like `stake`, with the allowance given by an ERC-2612 permit in the same transaction.
    /// @dev The permit's owner is the caller, its spender this contract, its value `amount`. A permit that fails, because
    /// somebody else has brought it to the token before, does no harm when the allowance suffices. Emits `StakeMade`.
    /// @param amount What leaves the caller and what the permit is for, in the token's base units, not zero
    /// @param deadline Until when the permit is valid, in seconds since 1970
    /// @param v Recovery byte of the permit's signature
    /// @param r First half of the permit's signature
    /// @param s Second half of the permit's signature
    function stakeWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Pays a part of the caller's stake, or all of it, back to the caller.
    /// @dev Emits `StakeRemoved`.
    /// @param amount What to pay back, in the token's base units, not zero and at most `stakeOf(caller)`
    function removeStake(uint256 amount) external;

    /// @notice What an account has staked.
    /// @param staker The account
    /// @return amount Its stake in the token's base units
    function stakeOf(address staker) external view returns (uint256 amount);

    /// @notice The sum of all stakes, never more than this contract's balance of the token.
    /// @return amount The sum in the token's base units
    function totalStaked() external view returns (uint256 amount);

    /// @notice The token that is staked, fixed at construction.
    /// @return The token's contract
    function token() external view returns (IERC20);

    /// @notice How many stake events there have been.
    /// @return nonce The nonce of the last event, 0 before the first
    function eventNonce() external view returns (uint256 nonce);

    /// @notice Running hash over all stake events.
    /// @dev After each event: `keccak256(abi.encode(accumulator, nonce, kind, staker, amount, block.number))`, kind 0 for
    /// `StakeMade` and 1 for `StakeRemoved`, each value in 32 bytes.
    /// @return hash The hash after the last event, 0 before the first
    function accumulator() external view returns (bytes32 hash);
}
