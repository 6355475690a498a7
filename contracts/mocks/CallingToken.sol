// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { Address } from "@openzeppelin/contracts/utils/Address.sol";

/// @title A token that makes a call of an attacker's choice in the middle of each transfer
/// @dev As a holder and staker itself it can re-enter with a stake of its own.
contract CallingToken is ERC20 {
    using Address for address;

    /// Who is called, or zero for nobody, and what is called there.
    address private _target;
    bytes private _data;

    constructor() ERC20("Calling Token", "CALL") {}

    /// @notice Makes new tokens.
    /// @param to Who gets them
    /// @param amount How many
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Says what each later transfer calls before it moves anything.
    /// @param target The contract to call, or zero for none
    /// @param data The call
    function arm(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    /// @notice Makes a call in the token's own name.
    /// @param to The contract to call
    /// @param data The call
    function act(address to, bytes calldata data) external {
        to.functionCall(data);
    }

    function _update(address from, address to, uint256 amount) internal override {
        bool transferring = from != address(0) && to != address(0);
        if (transferring && _target != address(0)) _target.functionCall(_data);
        super._update(from, to, amount);
    }
}
