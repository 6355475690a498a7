// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import { IMakerStaking } from "./interfaces/IMakerStaking.sol";

/// @title Stakes of one ERC-20 token, with a provable history
/// @notice Keeps the token for its stakers; each can take back what is his, and nobody else can touch it.
/// @dev The order of the state variables is the storage layout that `IMakerStaking` promises. The number of events shares
/// its slot with the greater part of the total: both change with every event, and a slot less written saves 5,000 gas.
/// The total still has all its 256 bits; the slot with the high ones is touched only when they change.
contract MakerStaking is IMakerStaking, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    uint256 private constant KIND_MADE = 0;
    uint256 private constant KIND_REMOVED = 1;

    uint64 private _eventNonce;
    uint192 private _totalLow;

    /// @inheritdoc IMakerStaking
    bytes32 public override accumulator;

    uint64 private _totalHigh;

    /// @inheritdoc IMakerStaking
    mapping(address staker => uint256 amount) public override stakeOf;

    /// @inheritdoc IMakerStaking
    IERC20 public immutable override token;

    /// @notice Binds the contract to its token.
    /// @param stakedToken The token this contract will hold, for ever
    constructor(IERC20 stakedToken) {
        if (address(stakedToken) == address(0)) revert ZeroAddress();
        if (address(stakedToken).code.length == 0) revert TokenWithoutCode(address(stakedToken));
        token = stakedToken;
    }

    /// @inheritdoc IMakerStaking
    function stake(uint256 amount) external override nonReentrant {
        _stake(msg.sender, amount);
    }

    /// @inheritdoc IMakerStaking
    function stakeFor(address staker, uint256 amount) external override nonReentrant {
        if (staker == address(0)) revert ZeroAddress();
        _stake(staker, amount);
    }

    /// @inheritdoc IMakerStaking
    function stakeWithPermit(
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external override nonReentrant {
        // Anybody can bring a permit to the token. Whether it was this call or an earlier one, the allowance decides.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _stake(msg.sender, amount);
    }

    /// @inheritdoc IMakerStaking
    function removeStake(uint256 amount) external override nonReentrant {
        if (amount == 0) revert ZeroAmount();
        uint256 staked = stakeOf[msg.sender];
        if (amount > staked) revert InsufficientStake(msg.sender, staked, amount);
        unchecked {
            stakeOf[msg.sender] = staked - amount;
        }
        _subtractFromTotal(amount);
        emit StakeRemoved(msg.sender, amount, _record(KIND_REMOVED, msg.sender, amount));

        uint256 before = token.balanceOf(address(this));
        token.safeTransfer(msg.sender, amount);
        uint256 present = token.balanceOf(address(this));
        unchecked {
            if (before - present != amount) revert PayoutMismatch(amount, before, present);
        }
    }

    /// @inheritdoc IMakerStaking
    function totalStaked() external view override returns (uint256) {
        return (uint256(_totalHigh) << 192) | _totalLow;
    }

    /// @inheritdoc IMakerStaking
    function eventNonce() external view override returns (uint256) {
        return _eventNonce;
    }

    /// Takes `amount` from the caller and credits `staker` with what arrived.
    function _stake(address staker, uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 present = token.balanceOf(address(this));
        if (present <= before) revert NothingArrived();
        uint256 arrived;
        unchecked {
            arrived = present - before;
        }
        stakeOf[staker] += arrived;
        _addToTotal(arrived);
        emit StakeMade(staker, arrived, _record(KIND_MADE, staker, arrived));
    }

    /// Numbers an event and folds it into the accumulator.
    function _record(uint256 kind, address staker, uint256 amount) private returns (uint256 nonce) {
        nonce = ++_eventNonce;
        accumulator = keccak256(abi.encode(accumulator, nonce, kind, staker, amount, block.number));
    }

    /// Adds limb by limb; the carry is bit 192 of `low`.
    function _addToTotal(uint256 amount) private {
        uint256 low = uint256(_totalLow) + uint192(amount);
        uint256 high = (amount >> 192) + (low >> 192);
        _totalLow = uint192(low);
        if (high != 0) _totalHigh += high.toUint64();
    }

    /// Subtracts limb by limb; bit 192 of `low` is lent beforehand, and gone when it was needed.
    function _subtractFromTotal(uint256 amount) private {
        uint256 low = ((1 << 192) | uint256(_totalLow)) - uint192(amount);
        uint256 high = (amount >> 192) + 1 - (low >> 192);
        _totalLow = uint192(low);
        if (high != 0) _totalHigh -= high.toUint64();
    }
}
