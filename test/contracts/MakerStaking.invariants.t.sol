// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { MakerStaking } from "../../contracts/MakerStaking.sol";
import { PegToken } from "../../contracts/PegToken.sol";
import { FeeToken } from "../../contracts/mocks/FeeToken.sol";
import { CheatTest } from "./Cheats.sol";
import { StakingHandler } from "./StakingHandler.sol";

/// @title The three invariants of the contract, after any calls in any order
abstract contract StakingInvariants is CheatTest {
    StakingHandler internal handler;
    MakerStaking internal staking;

    function newToken() internal virtual returns (address);

    function setUp() public {
        staking = new MakerStaking(IERC20(newToken()));
        handler = new StakingHandler(staking);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_stakesAddUpToTheTotalWhichIsCovered() public view {
        uint256 sum;
        for (uint256 i = 0; i < 4; i++) {
            address staker = handler.stakers(i);
            assertEq(staking.stakeOf(staker), handler.loggedStake(staker), "a stake is what its logs say");
            sum += staking.stakeOf(staker);
        }
        assertEq(sum, staking.totalStaked(), "stakes add up to the total");
        uint256 held = staking.token().balanceOf(address(staking));
        if (held < sum) revert Different("the balance covers the total", held, sum);
    }

    function invariant_accumulatorIsTheFoldOfTheLogs() public view {
        assertEq(staking.accumulator(), handler.folded(), "accumulator");
        assertEq(CHEATS.load(address(staking), bytes32(uint256(1))), handler.folded(), "accumulator in slot 1");
    }

    function invariant_eventNonceIsTheNumberOfLogs() public view {
        assertEq(staking.eventNonce(), handler.logged(), "eventNonce");
        uint256 slot = uint256(CHEATS.load(address(staking), 0));
        assertEq(slot & type(uint64).max, handler.logged(), "eventNonce in slot 0");
        assertEq(handler.made() + handler.removed(), handler.logged(), "events of both kinds");
    }
}

contract PlainTokenInvariants is StakingInvariants {
    function newToken() internal override returns (address) {
        return address(new PegToken());
    }
}

contract FeeTokenInvariants is StakingInvariants {
    function newToken() internal override returns (address) {
        return address(new FeeToken(137));
    }
}
