"""Where the vectors go and how they are written: decimal strings for integers, `0x` text for bytes."""

import json
from pathlib import Path

from layouts import ZERO, digest_of, hexed

FOLDER = Path(__file__).resolve().parent


def save(name, about, content):
    text = json.dumps({"about": about, **content}, indent=1, ensure_ascii=False)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


NETWORKS = {
    "devnet": {
        "chainId": 31337,
        "stakingContract": digest_of("contract")[12:],
        "pegChainId": "peg-devnet",
        "genesisTimeNs": 1_785_542_400_123_456_789,
        "genesisAppHash": digest_of("genesis app hash"),
    },
    "mainnet, whole seconds": {
        "chainId": 1,
        "stakingContract": b"\xff" * 20,
        "pegChainId": "orderstream-1",
        "genesisTimeNs": 1_545_350_400_000_000_000,
        "genesisAppHash": digest_of("another app hash"),
    },
    "time 0, app hash 0, chain id of 50 characters": {
        "chainId": 2**64 - 1,
        "stakingContract": bytes(19) + b"\x01",
        "pegChainId": "x" * 50,
        "genesisTimeNs": 0,
        "genesisAppHash": ZERO,
    },
    "chain id outside ASCII": {
        "chainId": 11155111,
        "stakingContract": digest_of("contract")[12:],
        "pegChainId": "pég-ćhain",
        "genesisTimeNs": 1,
        "genesisAppHash": digest_of("genesis app hash"),
    },
}


def hexed_network(network):
    return {
        "chainId": str(network["chainId"]),
        "stakingContract": hexed(network["stakingContract"]),
        "pegChainId": network["pegChainId"],
        "genesisTimeNs": str(network["genesisTimeNs"]),
        "genesisAppHash": hexed(network["genesisAppHash"]),
    }


def hexed_fields(kind, f):
    """The fields as TypeScript's types name them; integers as decimal strings."""
    if kind == "witness":
        blocks = [
            {"hash": hexed(b[0])} if len(b) == 1 else {"hash": hexed(b[0]), "after": {"nonce": str(b[1]), "accumulator": hexed(b[2])}}
            for b in f["blocks"]
        ]
        return {"sequence": str(f["sequence"]), "fromBlock": str(f["fromBlock"]), "blocks": blocks}
    if kind == "events":
        return {
            "height": str(f["height"]),
            "before": {"nonce": str(f["nonce"]), "accumulator": hexed(f["accumulator"])},
            "events": [{"kind": k, "staker": hexed(s), "amount": str(m)} for k, s, m in f["events"]],
        }
    if kind == "rebalance":
        return {**{n: str(f[n]) for n in ("round", "startsAt", "endsAt")}, "mapping": hexed(f["mapping"])}
    if kind == "govern":
        return {
            "sequence": str(f["sequence"]),
            "support": bool(f["support"]),
            "expiry": str(f["expiry"]),
            "changes": [hexed_change(*c) for c in f["changes"]],
        }
    if kind == "contest":
        return {"sequence": str(f["sequence"]), "height": str(f["height"]), "hash": hexed(f["hash"])}
    if kind == "balances":
        return {"balances": [[hexed(who), str(amount)] for who, amount in f["balances"]]}
    return {"round": str(f["round"]), "payload": hexed(f["payload"])}


def hexed_change(kind, *fields):
    names = {
        "add": ("publicKey", "power", "witness", "name"),
        "remove": ("validator",),
        "power": ("validator", "power"),
        "witness": ("validator", "witness"),
        "periodLimit": ("value",),
        "periodLength": ("value",),
        "correction": ("height", "hash", "nonce", "accumulator", "ledger", "balances"),
    }[kind]
    return {"type": kind, **{name: hexed_field(field) for name, field in zip(names, fields, strict=True)}}


def hexed_field(field):
    if isinstance(field, list):
        return [hexed(digest) for digest in field]
    return field if isinstance(field, str) else hexed(field) if isinstance(field, bytes) else str(field)
