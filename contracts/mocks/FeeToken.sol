// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that burns a part of every transfer, or burns it from the sender on top
contract FeeToken is ERC20 {
    /// @notice Parts of ten thousand that a transfer costs.
    uint256 public immutable fee;

    /// @notice Whether the fee is taken on top of the amount, from the sender, rather than out of it.
    bool public onTop;

    constructor(uint256 fee_) ERC20("Fee Token", "FEE") {
        fee = fee_;
    }

    /// @notice Makes new tokens, free of charge.
    /// @param to Who gets them
    /// @param amount How many
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Says where the fee of later transfers comes from.
    /// @param onTop_ True: from the sender, on top; false: out of the amount
    function takeOnTop(bool onTop_) external {
        onTop = onTop_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == address(0) || to == address(0)) {
            super._update(from, to, amount);
            return;
        }
        uint256 cost = (amount / 10_000) * fee + ((amount % 10_000) * fee) / 10_000;
        super._update(from, to, onTop ? amount : amount - cost);
        super._update(from, address(0), cost);
    }
}
