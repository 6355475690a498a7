// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IMakerStaking } from "../../contracts/interfaces/IMakerStaking.sol";
import { MakerStaking } from "../../contracts/MakerStaking.sol";
import { CheatTest, ICheats } from "./Cheats.sol";

interface IMintable is IERC20 {
    function mint(address to, uint256 amount) external;
}

/// @title What the invariant tests may do to a staking contract
/// @dev Reads back the logs of every call and folds them by itself, so that the invariants compare two ways to the same
/// numbers. Amounts come in four sizes, around the border between the two limbs of the total too.
contract StakingHandler is CheatTest {
    MakerStaking public immutable staking;
    IMintable public immutable token;

    address[4] public stakers = [address(0xA11CE), address(0xB0B), address(0xCA401), address(0xDA7E)];

    /// What the logs alone say.
    uint256 public logged;
    bytes32 public folded;
    mapping(address staker => uint256 amount) public loggedStake;

    /// How many calls went through, so that a run in which nothing happens is seen.
    uint256 public made;
    uint256 public removed;

    constructor(MakerStaking staking_) {
        staking = staking_;
        token = IMintable(address(staking_.token()));
        for (uint256 i = 0; i < stakers.length; i++) {
            CHEATS.prank(stakers[i]);
            token.approve(address(staking_), type(uint256).max);
        }
    }

    function stake(uint256 who, uint256 amount) external {
        address staker = stakers[who % 4];
        amount = _fund(staker, amount);
        if (amount == 0) return;
        CHEATS.recordLogs();
        CHEATS.prank(staker);
        staking.stake(amount);
        _foldLogs();
    }

    function stakeFor(uint256 who, uint256 whom, uint256 amount) external {
        address payer = stakers[who % 4];
        amount = _fund(payer, amount);
        if (amount == 0) return;
        CHEATS.recordLogs();
        CHEATS.prank(payer);
        staking.stakeFor(stakers[whom % 4], amount);
        _foldLogs();
    }

    /// The permit is nonsense; the allowance is there.
    function stakeWithPermit(uint256 who, uint256 amount, bytes32 r, bytes32 s) external {
        address staker = stakers[who % 4];
        amount = _fund(staker, amount);
        if (amount == 0) return;
        CHEATS.recordLogs();
        CHEATS.prank(staker);
        staking.stakeWithPermit(amount, type(uint256).max, 27, r, s);
        _foldLogs();
    }

    function removeStake(uint256 who, uint256 amount) external {
        address staker = stakers[who % 4];
        uint256 staked = staking.stakeOf(staker);
        if (staked == 0) return;
        CHEATS.recordLogs();
        CHEATS.prank(staker);
        staking.removeStake(amount % 3 == 0 ? staked : bound(amount, 1, staked));
        _foldLogs();
    }

    /// Tokens that come without a stake belong to nobody.
    function donate(uint256 amount) external {
        uint256 room = type(uint256).max - token.totalSupply();
        if (room > 0) token.mint(address(staking), bound(amount, 1, room < 1e18 ? room : 1e18));
    }

    function passBlocks(uint256 blocks) external {
        CHEATS.roll(block.number + bound(blocks, 1, 1000));
    }

    /// Sees to it that `to` has an amount of one of four sizes, as far as the supply has room, and gives the amount.
    function _fund(address to, uint256 amount) private returns (uint256) {
        uint256 size = amount % 4;
        if (size == 0) amount = bound(amount, 10_000, 1e24);
        if (size == 1) amount = (1 << 192) - 5_000 + bound(amount, 0, 10_000);
        if (size == 2) amount = bound(amount, 1 << 190, 1 << 200);
        if (size == 3) amount = bound(amount, 0, type(uint256).max / 8);
        uint256 held = token.balanceOf(to);
        uint256 room = type(uint256).max - token.totalSupply();
        if (amount > held) token.mint(to, amount - held < room ? amount - held : room);
        held = token.balanceOf(to);
        if (amount > held) amount = held;
        // A fee must leave something over.
        return amount < 100 ? 0 : amount;
    }

    function _foldLogs() private {
        ICheats.Log[] memory logs = CHEATS.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(staking)) continue;
            address staker = address(uint160(uint256(logs[i].topics[1])));
            (uint256 amount, uint256 nonce) = abi.decode(logs[i].data, (uint256, uint256));
            uint256 kind = logs[i].topics[0] == IMakerStaking.StakeMade.selector ? 0 : 1;
            logged++;
            assertEq(nonce, logged, "nonces have no gap");
            folded = keccak256(abi.encode(folded, nonce, kind, staker, amount, block.number));
            if (kind == 0) {
                made++;
                loggedStake[staker] += amount;
            } else {
                removed++;
                loggedStake[staker] -= amount;
            }
        }
    }
}
