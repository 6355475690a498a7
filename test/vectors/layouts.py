"""The byte layouts of docs/protocol.md, written a second time for the vectors.

Nothing here is shared with the TypeScript or the Solidity code. RLP, ABI encoding, EIP-712 and signatures come from the
Python libraries in requirements.txt; what the protocol adds to them (fields, folds, floors) is written out below.
"""

import rlp
from eth_abi import encode as abi_encode
from eth_account.messages import encode_typed_data
from eth_keys import keys
from eth_utils import keccak

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ZERO = bytes(32)


def hexed(data):
    return "0x" + bytes(data).hex()


def uint(value):
    """Minimal big-endian bytes; 0 is empty."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def digest_of(text):
    return keccak(text=text)


def key(name):
    return keys.PrivateKey(digest_of("vector key " + name))


def address(private_key):
    return private_key.public_key.to_canonical_address()


def staker(name):
    return digest_of("staker " + name)[12:]


def block_hash(n):
    return digest_of(f"block {n}")


KIND = {"add": 0, "remove": 1}


def fold(nonce, accumulator, height, kind, staker, amount):
    """One stake event: the contract's abi.encode, hashed."""
    data = abi_encode(
        ["bytes32", "uint256", "uint8", "address", "uint256", "uint256"],
        [accumulator, nonce + 1, KIND[kind], hexed(staker), amount, height],
    )
    return nonce + 1, keccak(data)


DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
    {"name": "salt", "type": "bytes32"},
]


def domain(network):
    salt = keccak(rlp.encode([network["pegChainId"].encode(), uint(network["genesisTimeNs"]), network["genesisAppHash"]]))
    return {
        "name": "OrderStream",
        "version": "1",
        "chainId": network["chainId"],
        "verifyingContract": hexed(network["stakingContract"]),
        "salt": salt,
    }


def separator(of):
    type_text = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
    return keccak(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address", "bytes32"],
            [keccak(text=type_text), keccak(text=of["name"]), keccak(text=of["version"]), of["chainId"], of["verifyingContract"], of["salt"]],
        )
    )


TYPES = {
    "witness": ("Witness", [("sequence", "uint64"), ("fromBlock", "uint64"), ("blocks", "bytes32")]),
    "events": ("Events", [("height", "uint64"), ("nonce", "uint64"), ("accumulator", "bytes32"), ("events", "bytes32")]),
    "rebalance": ("Rebalance", [("round", "uint64"), ("startsAt", "uint64"), ("endsAt", "uint64"), ("mapping", "bytes32")]),
    "order": ("Order", [("round", "uint64"), ("payload", "bytes")]),
    "stream": ("Stream", [("round", "uint64"), ("payload", "bytes")]),
    "govern": ("Govern", [("sequence", "uint64"), ("support", "uint8"), ("motion", "bytes32")]),
    "contest": ("Contest", [("sequence", "uint64"), ("height", "uint64"), ("hash", "bytes32")]),
    "balances": ("Balances", [("balances", "bytes32")]),
}
NUMBER = {"witness": 1, "events": 2, "rebalance": 3, "order": 4, "stream": 5, "govern": 6, "contest": 7, "balances": 8}
CHANGE = {"add": 1, "remove": 2, "power": 3, "witness": 4, "periodLimit": 5, "periodLength": 6, "correction": 7}


def block_item(entry):
    return [entry[0]] if len(entry) == 1 else [entry[0], uint(entry[1]), entry[2]]


def event_item(event):
    kind, who, amount = event
    return [uint(KIND[kind]), who, uint(amount)]


def balance_items(balances):
    return [[who, uint(amount)] for who, amount in balances]


def change_item(change):
    kind, *fields = change
    if kind == "add":
        public_key, power, witness, name = fields
        wire = [public_key, uint(power), witness, name.encode()]
    elif kind == "power":
        wire = [fields[0], uint(fields[1])]
    elif kind in ("periodLimit", "periodLength"):
        wire = [uint(fields[0])]
    elif kind == "correction":
        height, block, nonce, accumulator, ledger, balances = fields
        wire = [uint(height), block, uint(nonce), accumulator, ledger, balances]
    else:
        wire = fields
    return [uint(CHANGE[kind]), *wire]


def motion_item(f):
    return [uint(f["expiry"]), [change_item(c) for c in f["changes"]]]


def motion_id(f):
    return keccak(rlp.encode(motion_item(f)))


def balances_digest(balances):
    return keccak(rlp.encode(balance_items(sorted(balances.items()))))


def wire_fields(kind, f):
    if kind == "witness":
        return [uint(f["sequence"]), uint(f["fromBlock"]), [block_item(b) for b in f["blocks"]]]
    if kind == "events":
        return [uint(f["height"]), uint(f["nonce"]), f["accumulator"], [event_item(e) for e in f["events"]]]
    if kind == "rebalance":
        return [uint(f["round"]), uint(f["startsAt"]), uint(f["endsAt"]), f["mapping"]]
    if kind == "govern":
        return [uint(f["sequence"]), uint(f["support"]), motion_item(f)]
    if kind == "contest":
        return [uint(f["sequence"]), uint(f["height"]), f["hash"]]
    if kind == "balances":
        return [balance_items(f["balances"])]
    return [uint(f["round"]), f["payload"]]


def message(kind, f):
    if kind == "witness":
        return {**f, "blocks": keccak(rlp.encode([block_item(b) for b in f["blocks"]]))}
    if kind == "events":
        return {**f, "events": keccak(rlp.encode([event_item(e) for e in f["events"]]))}
    if kind == "govern":
        return {"sequence": f["sequence"], "support": f["support"], "motion": motion_id(f)}
    if kind == "balances":
        return {"balances": keccak(rlp.encode(balance_items(f["balances"])))}
    return f


def type_text(kind):
    name, fields = TYPES[kind]
    return name + "(" + ",".join(f"{t} {n}" for n, t in fields) + ")"


def signing_digest(of, kind, f):
    """The EIP-712 digest, by the library and once more by hand."""
    name, fields = TYPES[kind]
    signable = encode_typed_data(
        full_message={
            "types": {"EIP712Domain": DOMAIN_TYPE, name: [{"name": n, "type": t} for n, t in fields]},
            "primaryType": name,
            "domain": of,
            "message": message(kind, f),
        }
    )
    digest = keccak(b"\x19" + signable.version + signable.header + signable.body)
    values = [keccak(message(kind, f)[n]) if t == "bytes" else message(kind, f)[n] for n, t in fields]
    words = ["bytes32" if t == "bytes" else t for _, t in fields]
    struct = keccak(abi_encode(["bytes32", *words], [keccak(text=type_text(kind)), *values]))
    assert digest == keccak(b"\x19\x01" + separator(of) + struct)
    assert signable.body == struct
    return struct, digest


def sign(digest, private_key):
    signature = private_key.sign_msg_hash(digest)
    assert signature.s <= CURVE_ORDER // 2
    return signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big") + bytes([27 + signature.v])


def encode_transaction(kind, f, signature):
    return rlp.encode([uint(NUMBER[kind]), *wire_fields(kind, f), signature])


def mapping_of(balances, period_limit):
    total = sum(balances.values())
    return [(who, period_limit * balance // total, 1) for who, balance in sorted(balances.items())]
