// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title A token from before the standard was settled: its functions return nothing, and it knows no permit
contract SilentToken {
    /// @notice What an account holds.
    mapping(address account => uint256 amount) public balanceOf;

    /// @notice What a spender may take from an owner.
    mapping(address owner => mapping(address spender => uint256 amount)) public allowance;

    /// @notice Makes new tokens.
    /// @param to Who gets them
    /// @param amount How many
    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    /// @notice Sets an allowance.
    /// @param spender Who may take
    /// @param amount How many
    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    /// @notice Moves the caller's tokens.
    /// @param to Who gets them
    /// @param amount How many
    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    /// @notice Moves somebody else's tokens within the caller's allowance.
    /// @param from Who loses them
    /// @param to Who gets them
    /// @param amount How many
    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
