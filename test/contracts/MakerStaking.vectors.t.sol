// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { MakerStaking } from "../../contracts/MakerStaking.sol";
import { PegToken } from "../../contracts/PegToken.sol";
import { CheatTest } from "./Cheats.sol";

/// @title The contract goes through the chains of events of an independent implementation and must show the same hashes
contract MakerStakingVectors is CheatTest {
    string private constant FILE = "test/vectors/accumulator.json";

    PegToken private token;
    MakerStaking private staking;

    function test_everyChainOfTheVectors() public {
        string memory json = CHEATS.readFile(FILE);
        uint256 chains;
        while (CHEATS.keyExistsJson(json, _chain(chains))) {
            if (CHEATS.parseJsonBool(json, string.concat(_chain(chains), ".onContract"))) _play(json, _chain(chains));
            ++chains;
        }
        if (chains < 5) revert Different("chains in the file", chains, 5);
    }

    /// Puts a fresh contract into the state before the chain, makes the calls, and compares after each.
    function _play(string memory json, string memory chain) private {
        token = new PegToken();
        staking = new MakerStaking(token);
        CHEATS.roll(CHEATS.parseJsonUint(json, string.concat(chain, ".height")));
        uint256 nonce = CHEATS.parseJsonUint(json, string.concat(chain, ".before.nonce"));
        CHEATS.store(address(staking), bytes32(0), bytes32(nonce));
        bytes32 before = CHEATS.parseJsonBytes32(json, string.concat(chain, ".before.accumulator"));
        CHEATS.store(address(staking), bytes32(uint256(1)), before);

        uint256 events;
        for (string memory key = _event(chain, 0); CHEATS.keyExistsJson(json, key); key = _event(chain, events)) {
            _call(json, key);
            string memory accumulator = string.concat(key, ".after.accumulator");
            assertEq(staking.accumulator(), CHEATS.parseJsonBytes32(json, accumulator), accumulator);
            string memory number = string.concat(key, ".after.nonce");
            assertEq(staking.eventNonce(), CHEATS.parseJsonUint(json, number), number);
            ++events;
        }
        if (events == 0) revert Different("events in a chain", 0, 1);
    }

    function _call(string memory json, string memory key) private {
        address staker = CHEATS.parseJsonAddress(json, string.concat(key, ".staker"));
        uint256 amount = CHEATS.parseJsonUint(json, string.concat(key, ".amount"));
        string memory kind = CHEATS.parseJsonString(json, string.concat(key, ".kind"));
        if (keccak256(bytes(kind)) == keccak256("add")) {
            uint256 held = token.balanceOf(address(this));
            if (held < amount) token.mint(address(this), amount - held);
            token.approve(address(staking), amount);
            staking.stakeFor(staker, amount);
        } else {
            CHEATS.prank(staker);
            staking.removeStake(amount);
            // What was paid out goes back, so that the supply has room for the next amount.
            CHEATS.prank(staker);
            token.transfer(address(this), amount);
        }
    }

    function _chain(uint256 index) private pure returns (string memory) {
        return string.concat(".chains[", _decimal(index), "]");
    }

    function _event(string memory chain, uint256 index) private pure returns (string memory) {
        return string.concat(chain, ".events[", _decimal(index), "]");
    }

    function _decimal(uint256 value) private pure returns (string memory) {
        bytes memory last = new bytes(1);
        last[0] = bytes1(uint8(48 + (value % 10)));
        return value < 10 ? string(last) : string.concat(_decimal(value / 10), string(last));
    }
}
