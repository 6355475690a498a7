"""Makes the JSON files beside it: what docs/protocol.md says, computed by an independent implementation.

The output depends on nothing but these Python files, so a second run must leave the folder unchanged.
"""

import rlp
from eth_utils import keccak

from layouts import (
    TYPES,
    ZERO,
    address,
    block_hash,
    digest_of,
    domain,
    encode_transaction,
    fold,
    hexed,
    key,
    balances_digest,
    mapping_of,
    motion_id,
    separator,
    sign,
    signing_digest,
    staker,
    type_text,
    uint,
)
from output import NETWORKS, hexed_fields, hexed_network, save
from refusals import MAX_MOTION_CHANGES, MAX_VOTE_BLOCKS, malformed_vectors, signature_vectors


def hexed_item(item):
    return hexed(item) if isinstance(item, bytes) else [hexed_item(element) for element in item]


def listed(times, item=b""):
    for _ in range(times):
        item = [item]
    return item


def rlp_vectors():
    valid = {
        "empty string": b"",
        "one byte 00": b"\x00",
        "one byte 7f": b"\x7f",
        "one byte 80": b"\x80",
        "one byte ff": b"\xff",
        "two bytes": b"\x00\x00",
        "55 bytes": b"a" * 55,
        "56 bytes": b"a" * 56,
        "255 bytes": b"b" * 255,
        "256 bytes": b"b" * 256,
        "empty list": [],
        "list of empty lists": [[], [[]], [[], [[]]]],
        "cat and dog": [b"cat", b"dog"],
        "list with a body of 55 bytes": [b"a" * 54],
        "list with a body of 56 bytes": [b"a" * 55],
        "list of 100 elements": [uint(i) for i in range(100)],
        "list with a body above 255 bytes": [b"c" * 60] * 5,
        "sixteen lists within each other": listed(16),
        "2^64 - 1": uint(2**64 - 1),
        "2^256 - 1": uint(2**256 - 1),
    }
    invalid = {
        "nothing": "",
        "single byte 00 with a prefix": "8100",
        "single byte 7f with a prefix": "817f",
        "string of 1 byte cut off": "81",
        "string of 3 bytes cut off": "83aabb",
        "length of 55 written long": "b837" + "aa" * 55,
        "length of 1 written long": "b801ff",
        "length of 0 written long": "b800",
        "length with a leading zero": "b90038" + "aa" * 56,
        "length cut off": "b901",
        "long string cut off": "b838" + "aa" * 55,
        "list length written long": "f800",
        "list length of 55 written long": "f837" + "01" * 55,
        "list length with a leading zero": "f90038" + "01" * 56,
        "list length cut off": "f9",
        "list cut off": "c3aabb",
        "element reaches beyond its list": "c283aabb",
        "element's length reaches beyond its list": "c1b8",
        "trailing byte after a string": "820101" + "00",
        "trailing byte after a list": "c000",
        "two items": "c0c0",
        "length of eight bytes beyond any memory": "bfffffffffffffffff",
        "list length of eight bytes beyond any memory": "ffffffffffffffffff",
        "length of 65536 with nothing behind it": "ba010000",
        "non-canonical element deep within": "c4c3c28101",
    }
    for name, encoded in invalid.items():
        try:
            rlp.decode(bytes.fromhex(encoded), strict=True)
        except rlp.exceptions.DecodingError:
            continue
        raise AssertionError(f"the library decodes: {name}")
    # The library has no bound on depth; the protocol has.
    invalid["seventeen lists within each other"] = rlp.encode(listed(17)).hex()
    save(
        "rlp.json",
        "Strict RLP: items as nested hex with their one encoding, and encodings that must be refused.",
        {
            "valid": [{"name": n, "item": hexed_item(i), "encoded": hexed(rlp.encode(i))} for n, i in valid.items()],
            "invalid": [{"name": n, "encoded": "0x" + e} for n, e in invalid.items()],
        },
    )


def accumulator_vectors():
    a, b, c = staker("A"), staker("B"), staker("C")
    e = 10**18
    fifty = []
    held = {}
    for i in range(50):
        who = staker(str(i % 7))
        kind, amount = ("remove", held[who] // 2 + i % 2) if held.get(who, 0) > 1 and i % 3 == 2 else ("add", 10**i)
        held[who] = held.get(who, 0) + (amount if kind == "add" else -amount)
        fifty.append((kind, who, amount))
    # The last field: whether the contract itself can be brought to say the same (it never overdraws a stake).
    cases = [
        ("one stake", 0, ZERO, 105, [("add", a, 100 * e)], True),
        (
            "two transactions in one block",
            0,
            ZERO,
            120,
            [("add", a, 100 * e), ("remove", a, 40 * e), ("add", a, 7 * e), ("add", b, 50 * e)],
            True,
        ),
        (
            "extreme amounts",
            6,
            digest_of("before"),
            1_000_000,
            [("add", a, 1), ("add", b, 2**256 - 2), ("remove", b, 2**255 + 2**254), ("add", c, 2**255), ("remove", c, 2**255)],
            True,
        ),
        ("the largest amount", 0, ZERO, 200, [("add", a, 2**256 - 1), ("remove", a, 2**256 - 1)], True),
        ("extreme addresses", 0, ZERO, 150, [("add", bytes(19) + b"\x01", 5), ("add", b"\xff" * 20, 5), ("remove", b"\xff" * 20, 5)], True),
        ("late nonces", 2**64 - 4, digest_of("late"), 17_000_000, [("add", a, 3), ("remove", a, 2), ("remove", a, 1)], True),
        ("fifty events", 41, digest_of("fifty"), 200, fifty, True),
        ("removals without stakes, height 0", 0, ZERO, 0, [("remove", a, 1), ("remove", b, 2**256 - 1)], False),
        ("the largest height", 0, ZERO, 2**64 - 1, [("add", a, 2**256 - 1), ("add", b, 2**256 - 1)], False),
    ]
    chains = []
    for name, nonce, accumulator, height, events, on_contract in cases:
        chain = {
            "name": name,
            "onContract": on_contract,
            "height": str(height),
            "before": {"nonce": str(nonce), "accumulator": hexed(accumulator)},
            "events": [],
        }
        for kind, who, amount in events:
            nonce, accumulator = fold(nonce, accumulator, height, kind, who, amount)
            chain["events"].append(
                {
                    "kind": kind,
                    "staker": hexed(who),
                    "amount": str(amount),
                    "after": {"nonce": str(nonce), "accumulator": hexed(accumulator)},
                }
            )
        chains.append(chain)
    # Same events, told differently: every fold must differ from the first.
    base = [("add", a, 5), ("remove", a, 3)]
    tellings = {
        "as they happened": (0, ZERO, 7, base),
        "in the other order": (0, ZERO, 7, base[::-1]),
        "one short": (0, ZERO, 7, base[:1]),
        "another amount": (0, ZERO, 7, [("add", a, 6), base[1]]),
        "another staker": (0, ZERO, 7, [("add", b, 5), base[1]]),
        "another kind": (0, ZERO, 7, [("remove", a, 5), base[1]]),
        "another height": (0, ZERO, 8, base),
        "another start": (0, digest_of("start"), 7, base),
        "another first nonce": (1, ZERO, 7, base),
    }
    told = []
    for name, (nonce, accumulator, height, events) in tellings.items():
        start = {"nonce": str(nonce), "accumulator": hexed(accumulator)}
        for kind, who, amount in events:
            nonce, accumulator = fold(nonce, accumulator, height, kind, who, amount)
        told.append(
            {
                "name": name,
                "height": str(height),
                "before": start,
                "events": [{"kind": k, "staker": hexed(s), "amount": str(m)} for k, s, m in events],
                "after": {"nonce": str(nonce), "accumulator": hexed(accumulator)},
            }
        )
    assert len({t["after"]["accumulator"] for t in told}) == len(told)
    save(
        "accumulator.json",
        "The contract's running hash: keccak256(abi.encode(accumulator, nonce, kind, staker, amount, block.number)). "
        "`chains` give every intermediate value, `tellings` must all end differently.",
        {"chains": chains, "tellings": told},
    )


def domain_vectors():
    cases = []
    for name, network in NETWORKS.items():
        made = domain(network)
        cases.append({"name": name, "network": hexed_network(network), "salt": hexed(made["salt"]), "separator": hexed(separator(made))})
    save(
        "domains.json",
        "salt = keccak256(RLP([peg chain id, genesis time in nanoseconds, app hash of genesis])) and the EIP-712 domain separator.",
        {"cases": cases},
    )


def transaction_cases():
    top = 2**64 - 1
    plain = [(block_hash(101),), (block_hash(102),), (block_hash(103), 4, digest_of("accumulator"))]
    full = [(block_hash(n), n, digest_of(f"accumulator {n}")) if n % 5 == 0 else (block_hash(n),) for n in range(1, MAX_VOTE_BLOCKS + 1)]
    stakes = [("add", staker("A"), 100 * 10**18), ("remove", staker("A"), 40 * 10**18), ("add", staker("B"), 1)]
    return [
        ("first vote", "witness", {"sequence": 1, "fromBlock": 101, "blocks": plain}),
        ("vote without blocks", "witness", {"sequence": 2, "fromBlock": 101, "blocks": []}),
        ("vote for one block with events", "witness", {"sequence": 128, "fromBlock": 256, "blocks": [plain[2]]}),
        ("vote with the largest integers", "witness", {"sequence": top, "fromBlock": top, "blocks": [(b"\xff" * 32, top, b"\xff" * 32)]}),
        ("vote with the smallest integers", "witness", {"sequence": 0, "fromBlock": 0, "blocks": [(ZERO,), (ZERO, 1, ZERO)]}),
        ("vote for 256 blocks", "witness", {"sequence": 3, "fromBlock": 1, "blocks": full}),
        ("delivery of three events", "events", {"height": 103, "nonce": 1, "accumulator": digest_of("one"), "events": stakes}),
        ("delivery of nothing", "events", {"height": 105, "nonce": 1, "accumulator": digest_of("one"), "events": []}),
        ("delivery of an amount of 0", "events", {"height": 105, "nonce": 0, "accumulator": ZERO, "events": [("add", staker("A"), 0)]}),
        ("delivery of the first event", "events", {"height": 105, "nonce": 0, "accumulator": ZERO, "events": stakes[:1]}),
        (
            "delivery of extreme amounts",
            "events",
            {
                "height": top,
                "nonce": top - 2,
                "accumulator": b"\xff" * 32,
                "events": [("add", bytes(19) + b"\x01", 2**256 - 1), ("remove", b"\xff" * 20, 2**255 + 2**254)],
            },
        ),
        (
            "delivery of 100 events",
            "events",
            {
                "height": 120,
                "nonce": 7,
                "accumulator": digest_of("seven"),
                "events": [("add" if i % 2 else "remove", staker(str(i)), i + 1) for i in range(100)],
            },
        ),
        ("proposal of round 1", "rebalance", {"round": 1, "startsAt": 100, "endsAt": 110, "mapping": keccak(rlp.encode([]))}),
        ("proposal with the largest integers", "rebalance", {"round": top, "startsAt": top, "endsAt": top, "mapping": b"\xff" * 32}),
        ("proposal with the smallest integers", "rebalance", {"round": 0, "startsAt": 0, "endsAt": 0, "mapping": ZERO}),
        ("order of nothing", "order", {"round": 1, "payload": b""}),
        ("order of one byte below 80", "order", {"round": 1, "payload": b"\x00"}),
        ("order of one byte above 7f", "order", {"round": 1, "payload": b"\xff"}),
        ("order of 55 bytes", "order", {"round": 2, "payload": b"o" * 55}),
        ("order of 56 bytes", "order", {"round": 2, "payload": b"o" * 56}),
        ("order as JSON", "order", {"round": 127, "payload": '{"maker":"Zoë","price":"1.005"}'.encode()}),
        ("order of 8192 bytes in the last round", "order", {"round": top, "payload": bytes(i % 251 for i in range(8192))}),
        ("stream", "stream", {"round": 2, "payload": b"o" * 55}),
        ("stream of one byte", "stream", {"round": 0, "payload": b"\x01"}),
        *governance_cases(),
    ]


def governance_cases():
    top = 2**64 - 1
    one, other, witness = digest_of("validator 1")[12:], digest_of("validator 2")[12:], digest_of("witness 5")[12:]
    joins = ("add", digest_of("consensus key"), 7, witness, "Zoë")
    every = [joins, ("remove", one), ("power", other, 128), ("witness", other, witness), ("periodLimit", 75_000), ("periodLength", 1)]
    ledger = {staker("A"): 70 * 10**18, staker("B"): 9}
    changed = {**ledger, staker("C"): 0}
    spread = {staker(str(i)): i * 10**i for i in range(76)}
    correction = ("correction", 115, block_hash(115), 5, digest_of("five"), balances_digest(ledger), [balances_digest(changed)])
    edge = ("correction", top, ZERO, top, b"\xff" * 32, balances_digest({}), [b"\xff" * 32, ZERO, ZERO])
    many = [("power", digest_of(f"validator {i}")[12:], i) for i in range(MAX_MOTION_CHANGES)]
    return [
        ("voice for every kind of change", "govern", {"sequence": 1, "support": 1, "expiry": 300, "changes": every}),
        ("voice taken back", "govern", {"sequence": 2, "support": 0, "expiry": 300, "changes": every}),
        ("voice for nothing", "govern", {"sequence": 0, "support": 1, "expiry": 0, "changes": []}),
        ("voice for 64 changes", "govern", {"sequence": 128, "support": 1, "expiry": 256, "changes": many}),
        ("voice with the largest integers", "govern", {"sequence": top, "support": 1, "expiry": top, "changes": [("periodLimit", top), ("power", one, top)]}),
        ("voice for a correction", "govern", {"sequence": 3, "support": 1, "expiry": 400, "changes": [correction]}),
        ("voice for a correction at the edges", "govern", {"sequence": 4, "support": 1, "expiry": 400, "changes": [edge, ("remove", one)]}),
        ("voice for a correction that changes no balance", "govern", {"sequence": 4, "support": 1, "expiry": 400, "changes": [(*correction[:6], [])]}),
        ("balances of the correction", "balances", {"balances": sorted(changed.items())}),
        ("balances of nobody", "balances", {"balances": []}),
        ("balances at the edges", "balances", {"balances": [(bytes(20), 0), (b"\xff" * 20, 2**256 - 1)]}),
        ("76 balances", "balances", {"balances": sorted(spread.items())}),
        ("contest", "contest", {"sequence": 5, "height": 113, "hash": block_hash(113)}),
        ("contest with the largest integers", "contest", {"sequence": top, "height": top, "hash": b"\xff" * 32}),
        ("contest with the smallest integers", "contest", {"sequence": 0, "height": 0, "hash": ZERO}),
    ]


def transaction_vectors():
    network = NETWORKS["devnet"]
    of = domain(network)
    cases = []
    for number, (name, kind, f) in enumerate(transaction_cases()):
        private_key = key(str(number % 3))
        struct, digest = signing_digest(of, kind, f)
        signature = sign(digest, private_key)
        case = {
            "name": name,
            "type": kind,
            "fields": hexed_fields(kind, f),
            "privateKey": hexed(private_key.to_bytes()),
            "signer": hexed(address(private_key)),
            "structHash": hexed(struct),
            "digest": hexed(digest),
            "signature": hexed(signature),
            "encoded": hexed(encode_transaction(kind, f, signature)),
        }
        if kind in ("order", "stream"):
            case["orderId"] = hexed(keccak(digest + address(private_key)))
        if kind == "govern":
            case["motion"] = hexed(motion_id(f))
        cases.append(case)
    crossed = []
    kind, f = "order", {"round": 2, "payload": b"o" * 55}
    for name, other in NETWORKS.items():
        digest = signing_digest(domain(other), kind, f)[1]
        crossed.append({"network": hexed_network(other), "name": name, "digest": hexed(digest)})
    assert len({c["digest"] for c in crossed}) == len(crossed)
    save(
        "transactions.json",
        "Each kind: fields, EIP-712 struct hash and digest, signature (RFC 6979) and encoded bytes; orders, streams and motions with their id. "
        "`networks` are the digests of the case `order of 55 bytes` elsewhere.",
        {"network": hexed_network(network), "types": {k: type_text(k) for k in TYPES}, "cases": cases, "networks": crossed},
    )


def mapping_vectors():
    e = 10**18
    a, b, c = (digest_of("staker " + n)[12:] for n in "ABC")
    low, high = bytes(19) + b"\x01", b"\xff" * 20
    cases = [
        ("nobody", 75_000, {}),
        ("three stakers of the protocol", 75_000, {a: 451736, b: 1203, c: 624519}),
        ("100 and 300", 1000, {a: 100 * e, b: 300 * e}),
        ("60 and 300", 1000, {a: 60 * e, b: 300 * e}),
        ("three equal", 1000, {a: 5, b: 5, c: 5}),
        ("29 and 71 of 100", 100, {a: 29, b: 71}),
        ("1 wei beside 10^18", 75_000, {a: 1, b: e}),
        ("one staker", 1000, {a: 1}),
        ("one staker with everything there can be", 2**53 - 1, {a: 2**256 - 1}),
        ("period limit 1, two equal: nobody", 1, {a: 7, b: 7}),
        ("period limit 1, one has all but one", 1, {a: 1, b: 2**255}),
        ("sum beyond 256 bits", 75_000, {a: 2**256 - 1, b: 2**256 - 1, c: 2**256 - 1}),
        ("sum beyond 256 bits, the largest period limit", 2**53 - 1, {a: 2**256 - 1, b: 2**256 - 2, c: 1}),
        ("products that doubles cannot hold", 2**53 - 1, {a: 2**53 + 1, b: 2**54 - 1}),
        ("just below a whole", 3, {a: 3333, b: 6667}),
        ("exactly a whole", 3, {a: 3333, b: 6666}),
        ("order is by address", 10, {high: 1, low: 2, c: 3}),
        ("limit of 128 and more", 128, {a: 1}),
        ("limit of 65536", 65_536, {a: 1}),
        ("a hundred stakers", 75_000, {staker(str(i)): (i + 1) ** 9 for i in range(100)}),
        ("period limit below the number of stakers", 50, {staker(str(i)): 1000 + i for i in range(100)}),
    ]
    made = []
    for name, period_limit, balances in cases:
        mapping = mapping_of(balances, period_limit)
        total = sum(orders for _, orders, _ in mapping)
        assert not mapping or period_limit - len(mapping) < total <= period_limit
        made.append(
            {
                "name": name,
                "periodLimit": str(period_limit),
                "balances": {hexed(who): str(balance) for who, balance in balances.items()},
                "mapping": [[hexed(who), str(orders), str(streams)] for who, orders, streams in mapping],
                "digest": hexed(keccak(rlp.encode([[who, uint(orders), uint(streams)] for who, orders, streams in mapping]))),
            }
        )
    by_name = {case["name"]: [int(entry[1]) for entry in case["mapping"]] for case in made}
    assert sorted(by_name["three stakers of the protocol"]) == [83, 31444, 43471]
    assert sorted(by_name["60 and 300"]) == [166, 833] and sorted(by_name["1 wei beside 10^18"]) == [0, 74999]
    save(
        "mappings.json",
        "Balances to limits: floor(P * b / sum), stream limit 1, in order of address; digest = keccak256(RLP(list)).",
        {"cases": made},
    )


def quorum_vectors():
    sets = [[1] * n for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100)]
    sets += [[10, 1, 1, 1], [3, 3, 3], [1, 1, 1, 3], [2**53, 2**53, 2**53], [2**60, 1, 1], [5, 4, 3, 2, 1], [2, 1], [100, 34, 33, 33]]
    cases = []
    for powers in sets:
        total = sum(powers)
        threshold = next(p for p in range(2 * total // 3, 2 * total // 3 + 3) if 3 * p > 2 * total)
        assert 3 * (threshold - 1) <= 2 * total
        attested = next(p for p in range(total // 3, total // 3 + 3) if 3 * p > total)
        votes = 0
        power = 0
        for p in sorted(powers, reverse=True):
            votes, power = votes + 1, power + p
            if 3 * power > 2 * total:
                break
        cases.append(
            {
                "powers": [str(p) for p in powers],
                "total": str(total),
                "confirmationThreshold": str(threshold),
                "attested": str(attested),
                "fewestVotes": votes,
            }
        )
    expected = {1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 9: 7, 10: 7}
    for case in cases[:11]:
        n = len(case["powers"])
        assert expected.get(n, case["fewestVotes"]) == case["fewestVotes"]
    save(
        "quorums.json",
        "Smallest power that is a quorum (3p > 2t), smallest that is more than a third (3p > t), and the votes needed when the strongest vote first.",
        {"cases": cases},
    )


if __name__ == "__main__":
    rlp_vectors()
    accumulator_vectors()
    domain_vectors()
    transaction_vectors()
    malformed_vectors()
    signature_vectors()
    mapping_vectors()
    quorum_vectors()
