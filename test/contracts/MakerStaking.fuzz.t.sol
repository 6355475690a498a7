// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IMakerStaking } from "../../contracts/interfaces/IMakerStaking.sol";
import { MakerStaking } from "../../contracts/MakerStaking.sol";
import { PegToken } from "../../contracts/PegToken.sol";
import { FeeToken } from "../../contracts/mocks/FeeToken.sol";
import { CheatTest } from "./Cheats.sol";

/// @title Properties of single calls, for any amount and any staker
contract MakerStakingFuzz is CheatTest {
    PegToken private token;
    MakerStaking private staking;

    function setUp() public {
        token = new PegToken();
        staking = new MakerStaking(token);
        token.approve(address(staking), type(uint256).max);
    }

    function testFuzz_anyAmountIsCreditedAndPaidBack(address staker, uint256 amount) public {
        amount = bound(amount, 1, type(uint256).max);
        CHEATS.assume(staker != address(0) && staker != address(staking));
        token.mint(address(this), amount);

        staking.stakeFor(staker, amount);
        assertEq(staking.stakeOf(staker), amount, "credited");
        assertEq(staking.totalStaked(), amount, "in the total");
        assertEq(token.balanceOf(address(staking)), amount, "held");

        CHEATS.prank(staker);
        staking.removeStake(amount);
        assertEq(staking.stakeOf(staker), 0, "debited");
        assertEq(staking.totalStaked(), 0, "out of the total");
        assertEq(token.balanceOf(staker), amount, "paid back");
        assertEq(staking.eventNonce(), 2, "two events");
    }

    function testFuzz_theTotalHasAllItsBits(uint256 first, uint256 second, uint256 back) public {
        first = bound(first, 1, type(uint256).max - 1);
        second = bound(second, 1, type(uint256).max - first);
        back = bound(back, 1, first + second);
        token.mint(address(this), first + second);

        staking.stake(first);
        assertEq(staking.totalStaked(), first, "after the first");
        staking.stake(second);
        assertEq(staking.totalStaked(), first + second, "after the second");
        staking.removeStake(back);
        assertEq(staking.totalStaked(), first + second - back, "after the removal");
        assertEq(staking.eventNonce(), 3, "the total did not touch its neighbour");
    }

    function testFuzz_nobodyRemovesMoreThanHisStake(uint256 own, uint256 others, uint256 amount) public {
        own = bound(own, 0, type(uint256).max - 2);
        others = bound(others, 1, type(uint256).max - own - 1);
        amount = bound(amount, own + 1, type(uint256).max);
        token.mint(address(this), own + others);
        staking.stakeFor(address(0xB0B), others);
        if (own > 0) staking.stake(own);

        CHEATS.expectRevert(
            abi.encodeWithSelector(IMakerStaking.InsufficientStake.selector, address(this), own, amount)
        );
        staking.removeStake(amount);
    }

    function testFuzz_aFeeIsNotCredited(uint256 amount, uint256 fee) public {
        fee = bound(fee, 0, 9_999);
        amount = bound(amount, 1, type(uint256).max / 10_000);
        uint256 arrives = amount - (amount * fee) / 10_000;
        FeeToken feeToken = new FeeToken(fee);
        MakerStaking feeStaking = new MakerStaking(IERC20(address(feeToken)));
        feeToken.mint(address(this), amount);
        feeToken.approve(address(feeStaking), amount);

        feeStaking.stake(amount);
        assertEq(feeStaking.stakeOf(address(this)), arrives, "credited with what arrived");
        assertEq(feeToken.balanceOf(address(feeStaking)), arrives, "covered");
        feeStaking.removeStake(arrives);
        assertEq(feeToken.balanceOf(address(feeStaking)), 0, "nothing left behind");
    }
}
