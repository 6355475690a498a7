// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that can be told to answer `false`, or to answer `true` and move nothing, instead of reverting
contract RefusingToken is ERC20 {
    /// @notice What a transfer does: its work, answer false, or claim a success that was none.
    enum Mood {
        Honest,
        Refusing,
        Lying
    }

    /// @notice What the next transfers do.
    Mood public mood;

    constructor() ERC20("Refusing Token", "REFUSE") {}

    /// @notice Makes new tokens.
    /// @param to Who gets them
    /// @param amount How many
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Chooses what the next transfers do.
    /// @param mood_ The new mood
    function become(Mood mood_) external {
        mood = mood_;
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override returns (bool) {
        return mood == Mood.Honest ? super.transfer(to, amount) : mood == Mood.Lying;
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return mood == Mood.Honest ? super.transferFrom(from, to, amount) : mood == Mood.Lying;
    }
}
