// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The token of devnets
/// @notice An ERC-20 with permit that anybody can mint: not for a network on which a stake is to be worth something.
contract PegToken is ERC20, ERC20Permit {
    constructor() ERC20("Peg Token", "PEG") ERC20Permit("Peg Token") {}

    /// @notice Makes new tokens out of nothing.
    /// @param to Who gets them
    /// @param amount How many, in base units
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
