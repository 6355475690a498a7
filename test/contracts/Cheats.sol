// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The few cheatcodes these tests need, as Hardhat's Solidity test runner offers them
interface ICheats {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    /// The next call comes from `sender`.
    function prank(address sender) external;

    /// Later calls happen in block `number`.
    function roll(uint256 number) external;

    /// Drops this run of a fuzz test unless `condition` holds.
    function assume(bool condition) external pure;

    /// The next call must revert with exactly this data.
    function expectRevert(bytes calldata data) external;

    /// Starts to keep the logs of all calls.
    function recordLogs() external;

    /// The logs kept since the last call, in order.
    function getRecordedLogs() external returns (Log[] memory);

    function load(address target, bytes32 slot) external view returns (bytes32);

    function store(address target, bytes32 slot, bytes32 value) external;

    /// Gas of the calls between these two goes to the snapshot file `group` under `name`.
    function startSnapshotGas(string calldata group, string calldata name) external;

    function stopSnapshotGas() external returns (uint256 gasUsed);

    function readFile(string calldata path) external view returns (string memory);

    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);

    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);

    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);

    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);

    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);

    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
}

/// @title Base of the Solidity tests
abstract contract CheatTest {
    /// keccak256("hevm cheat code"), the address at which every runner of such tests answers.
    ICheats internal constant CHEATS = ICheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    error Different(string what, uint256 actual, uint256 expected);

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert Different(what, actual, expected);
    }

    function assertEq(bytes32 actual, bytes32 expected, string memory what) internal pure {
        assertEq(uint256(actual), uint256(expected), what);
    }

    /// A value of `min`…`max` made of any value, so that no run is wasted.
    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        if (value >= min && value <= max) return value;
        uint256 span = max - min + 1;
        return span == 0 ? value : min + (value % span);
    }
}
