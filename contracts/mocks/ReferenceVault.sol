// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { ERC4626 } from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// @title OpenZeppelin's ERC-4626 vault with nothing added: the yardstick of the gas test
contract ReferenceVault is ERC4626 {
    constructor(IERC20 asset) ERC4626(asset) ERC20("Reference Vault", "REF") {}
}
