// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { MakerStaking } from "../../contracts/MakerStaking.sol";
import { PegToken } from "../../contracts/PegToken.sol";
import { CheatTest } from "./Cheats.sol";

/// @title Gas of each call as a transaction of its own, kept in snapshots/ and compared there
/// @dev Somebody else has staked before, as on any contract in use.
contract MakerStakingGas is CheatTest {
    PegToken private token;
    MakerStaking private staking;

    function setUp() public {
        token = new PegToken();
        staking = new MakerStaking(token);
        token.mint(address(this), 1e30);
        token.approve(address(staking), type(uint256).max);
        staking.stakeFor(address(0xB0B), 1e20);
    }

    function test_stakeOfANewStaker() public {
        CHEATS.startSnapshotGas("MakerStaking", "stake, new staker");
        staking.stake(1e20);
        CHEATS.stopSnapshotGas();
    }

    function test_stakeOfAKnownStaker() public {
        staking.stake(1e20);
        CHEATS.startSnapshotGas("MakerStaking", "stake, known staker");
        staking.stake(1e20);
        CHEATS.stopSnapshotGas();
    }

    function test_stakeForAKnownStaker() public {
        CHEATS.startSnapshotGas("MakerStaking", "stakeFor, known staker");
        staking.stakeFor(address(0xB0B), 1e20);
        CHEATS.stopSnapshotGas();
    }

    function test_removalOfAPart() public {
        staking.stake(1e20);
        CHEATS.startSnapshotGas("MakerStaking", "removeStake, a part");
        staking.removeStake(1e19);
        CHEATS.stopSnapshotGas();
    }

    function test_removalOfAll() public {
        staking.stake(1e20);
        CHEATS.startSnapshotGas("MakerStaking", "removeStake, all");
        staking.removeStake(1e20);
        CHEATS.stopSnapshotGas();
    }
}
