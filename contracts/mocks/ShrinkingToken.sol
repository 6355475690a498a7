// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token whose balances can change without a transfer, as those of rebasing tokens do
contract ShrinkingToken is ERC20 {
    constructor() ERC20("Shrinking Token", "SHRINK") {}

    /// @notice Adds to a balance.
    /// @param to Whose balance
    /// @param amount How many
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Takes from a balance, wherever it is.
    /// @param from Whose balance
    /// @param amount How many
    function shrink(address from, uint256 amount) external {
        _burn(from, amount);
    }
}
