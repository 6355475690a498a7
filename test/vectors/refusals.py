"""What must be refused: malformed transactions with their reason, and signatures that name nobody."""

import rlp
from eth_keys import keys

from layouts import CURVE_ORDER, address, block_hash, digest_of, domain, encode_transaction, hexed, key, sign, signing_digest, staker, uint
from output import NETWORKS, hexed_fields, hexed_network, save

MAX_TX_BYTES = 262_144
MAX_VOTE_BLOCKS = 256
MAX_MOTION_CHANGES = 64
SIGNATURE = b"\x11" * 64 + b"\x1b"


def malformed_items():
    """(name, item) pairs: canonical RLP of another shape than a transaction's."""
    h, acc, who = block_hash(1), digest_of("accumulator"), staker("A")

    def witness(sequence=b"\x01", start=b"\x65", blocks=None, signature=SIGNATURE):
        return [b"\x01", sequence, start, [[h]] if blocks is None else blocks, signature]

    def events(height=b"\x69", nonce=b"", accumulator=acc, listed_events=None, signature=SIGNATURE):
        return [b"\x02", height, nonce, accumulator, [[b"", who, b"\x05"]] if listed_events is None else listed_events, signature]

    def rebalance(number=b"\x01", start=b"\x64", end=b"\x6e", mapping=acc, signature=SIGNATURE):
        return [b"\x03", number, start, end, mapping, signature]

    def post(kind=b"\x04", number=b"\x01", payload=b"order", signature=SIGNATURE):
        return [kind, number, payload, signature]

    def govern(sequence=b"\x01", support=b"\x01", expiry=b"\x64", changes=None, signature=SIGNATURE):
        return [b"\x06", sequence, support, [expiry, [[b"\x05", b"\x07"]] if changes is None else changes], signature]

    def contest(sequence=b"\x01", height=b"\x69", block=h, signature=SIGNATURE):
        return [b"\x07", sequence, height, block, signature]

    def balances(listed=None, signature=SIGNATURE):
        return [b"\x08", [[who, b"\x05"]] if listed is None else listed, signature]

    wide = b"\x01" + bytes(8)
    yield "a string instead of a list", b"transaction"
    yield "an empty string", b""
    yield "an empty list", []
    yield "a list of lists", [[b"\x01"], [b"\x01"]]
    yield "kind 0", [b"", *post()[1:]]
    yield "kind 9", [b"\x09", *post()[1:]]
    yield "kind 255", [b"\xff", *post()[1:]]
    yield "kind 260", [b"\x01\x04", *post()[1:]]
    yield "kind 4 with a leading zero", [b"\x00\x04", *post()[1:]]
    yield "kind as a list", [[b"\x04"], *post()[1:]]
    yield "kind alone", [b"\x04"]
    yield "a transaction within a list", [post()]
    for name, make in (
        ("witness", witness),
        ("events", events),
        ("rebalance", rebalance),
        ("order", post),
        ("stream", lambda **k: post(kind=b"\x05", **k)),
        ("govern", govern),
        ("contest", contest),
        ("balances", balances),
    ):
        yield f"{name} without a signature", make()[:-1]
        yield f"{name} with one field more", [*make(), b""]
        yield f"{name} with a field before its signature", [*make()[:-1], b"", SIGNATURE]
        yield f"{name} with a signature of 64 bytes", make(signature=SIGNATURE[:64])
        yield f"{name} with a signature of 66 bytes", make(signature=SIGNATURE + b"\x00")
        yield f"{name} with an empty signature", make(signature=b"")
        yield f"{name} with a signature in a list", make(signature=[SIGNATURE])
    for name, item in (("leading zero", b"\x00\x01"), ("65 bits", wide), ("zero as a byte", b"\x00"), ("list", [b"\x01"]), ("empty list", [])):
        yield f"witness sequence: {name}", witness(sequence=item)
        yield f"witness fromBlock: {name}", witness(start=item)
        yield f"content nonce: {name}", witness(blocks=[[h, item, acc]])
        yield f"events height: {name}", events(height=item)
        yield f"events nonce: {name}", events(nonce=item)
        yield f"events kind: {name}", events(listed_events=[[item, who, b"\x05"]])
        yield f"rebalance round: {name}", rebalance(number=item)
        yield f"rebalance startsAt: {name}", rebalance(start=item)
        yield f"rebalance endsAt: {name}", rebalance(end=item)
        yield f"order round: {name}", post(number=item)
        yield f"stream round: {name}", post(kind=b"\x05", number=item)
        yield f"govern sequence: {name}", govern(sequence=item)
        yield f"govern expiry: {name}", govern(expiry=item)
        yield f"change kind: {name}", govern(changes=[[item, b"\x07"]])
        yield f"power: {name}", govern(changes=[[b"\x03", who, item]])
        yield f"period: {name}", govern(changes=[[b"\x06", item]])
        yield f"correction height: {name}", govern(changes=[[b"\x07", item, h, b"", acc, acc, []]])
        yield f"contest sequence: {name}", contest(sequence=item)
        yield f"contest height: {name}", contest(height=item)
        if name != "65 bits":
            yield f"balance: {name}", balances([[who, item]])
    for length in (0, 31, 33):
        odd = b"\x22" * length
        yield f"block hash of {length} bytes", witness(blocks=[[odd]])
        yield f"content accumulator of {length} bytes", witness(blocks=[[h, b"\x01", odd]])
        yield f"events accumulator of {length} bytes", events(accumulator=odd)
        yield f"rebalance mapping of {length} bytes", rebalance(mapping=odd)
        yield f"contest hash of {length} bytes", contest(block=odd)
        yield f"consensus key of {length} bytes", govern(changes=[[b"\x01", odd, b"\x01", who, b"name"]])
        yield f"ledger digest of {length} bytes", govern(changes=[[b"\x07", b"\x01", h, b"", acc, odd, []]])
        yield f"digest of balances of {length} bytes", govern(changes=[[b"\x07", b"\x01", h, b"", acc, acc, [h, odd]]])
    yield "blocks as a string", witness(blocks=h)
    yield "blocks as an empty string", witness(blocks=b"")
    yield "an entry as a string", witness(blocks=[h])
    yield "an entry without fields", witness(blocks=[[]])
    yield "an entry with hash and nonce", witness(blocks=[[h, b"\x01"]])
    yield "an entry with four fields", witness(blocks=[[h, b"\x01", acc, b""]])
    yield "an entry's hash as a list", witness(blocks=[[[h]]])
    yield "an entry's accumulator as a list", witness(blocks=[[h, b"\x01", [acc]]])
    yield "a content with nonce 0", witness(blocks=[[h, b"", acc]])
    yield "a good entry before a bad one", witness(blocks=[[h], [h, b"", acc]])
    yield "257 blocks", witness(blocks=[[h]] * (MAX_VOTE_BLOCKS + 1))
    yield "events as a string", events(listed_events=b"\x01")
    yield "an event as a string", events(listed_events=[who])
    yield "an event without fields", events(listed_events=[[]])
    yield "an event of two fields", events(listed_events=[[b"", who]])
    yield "an event of four fields", events(listed_events=[[b"", who, b"\x05", b""]])
    yield "an event of kind 2", events(listed_events=[[b"\x02", who, b"\x05"]])
    yield "an event of kind 256", events(listed_events=[[b"\x01\x00", who, b"\x05"]])
    yield "a staker of 19 bytes", events(listed_events=[[b"", who[1:], b"\x05"]])
    yield "a staker of 21 bytes", events(listed_events=[[b"", who + b"\x00", b"\x05"]])
    yield "a staker of 32 bytes", events(listed_events=[[b"", bytes(12) + who, b"\x05"]])
    yield "a staker as a list", events(listed_events=[[b"", [who], b"\x05"]])
    yield "an amount with a leading zero", events(listed_events=[[b"", who, b"\x00\x05"]])
    yield "an amount of 2^256", events(listed_events=[[b"", who, uint(2**256)]])
    yield "an amount of -1 as 33 bytes", events(listed_events=[[b"", who, b"\xff" * 33]])
    yield "an amount as the text 005 with a leading zero byte", events(listed_events=[[b"", who, b"\x00005"]])
    yield "an amount as a list", events(listed_events=[[b"", who, [b"\x05"]]])
    yield "a good event before a bad one", events(listed_events=[[b"", who, b"\x05"], [b"", who, b"\x00"]])
    yield "a voice of 2", govern(support=b"\x02")
    yield "a voice as a list", govern(support=[])
    yield "a motion as a string", [b"\x06", b"\x01", b"\x01", b"\x64", SIGNATURE]
    yield "a motion without changes or their list", [b"\x06", b"\x01", b"\x01", [b"\x64"], SIGNATURE]
    yield "a motion of three fields", [b"\x06", b"\x01", b"\x01", [b"\x64", [], b""], SIGNATURE]
    yield "changes as a string", govern(changes=b"\x05")
    yield "a change as a string", govern(changes=[b"\x05"])
    yield "a change without fields", govern(changes=[[]])
    yield "a change of kind 0", govern(changes=[[b"", b"\x07"]])
    yield "a change of kind 8", govern(changes=[[b"\x08", b"\x07"]])
    yield "65 changes", govern(changes=[[b"\x05", b"\x07"]] * (MAX_MOTION_CHANGES + 1))
    yield "an addition without a name", govern(changes=[[b"\x01", acc, b"\x01", who]])
    yield "an addition with a name that is not UTF-8", govern(changes=[[b"\x01", acc, b"\x01", who, b"\xc3"]])
    yield "an addition with a surrogate in its name", govern(changes=[[b"\x01", acc, b"\x01", who, b"\xed\xa0\x80"]])
    yield "an addition with a witness of 32 bytes", govern(changes=[[b"\x01", acc, b"\x01", acc, b"name"]])
    yield "a removal of two", govern(changes=[[b"\x02", who, who]])
    yield "a removal by key", govern(changes=[[b"\x02", acc]])
    yield "a witness key of 21 bytes", govern(changes=[[b"\x04", who, who + b"\x00"]])
    yield "a correction without its lists", govern(changes=[[b"\x07", b"\x01", h, b"", acc, acc]])
    yield "a correction whose lists are a string", govern(changes=[[b"\x07", b"\x01", h, b"", acc, acc, acc]])
    yield "a correction that holds balances", govern(changes=[[b"\x07", b"\x01", h, b"", acc, acc, [[who, b"\x01"]]]])
    yield "balances out of order", balances([[b"\x02" * 20, b"\x01"], [b"\x01" * 20, b"\x01"]])
    yield "balances out of order at the end", balances([[bytes(20), b"\x01"], [b"\x02" * 20, b"\x01"], [b"\x01" * 20, b"\x01"]])
    yield "a balance twice", balances([[who, b"\x01"], [who, b"\x02"]])
    yield "a balance of 2^256", balances([[who, uint(2**256)]])
    yield "a balance with three fields", balances([[who, b"\x01", b""]])
    yield "a balance without an amount", balances([[who]])
    yield "a balance of 19 bytes' address", balances([[who[1:], b"\x01"]])
    yield "a balance as a string", balances([who])
    yield "balances as a string", balances(b"\x01")
    yield "a payload as a list", post(payload=[b"order"])
    yield "a payload as an empty list", post(payload=[])


def malformed_bytes():
    """(name, bytes) pairs: not canonical RLP at all, made from a valid transaction's bytes."""
    good = rlp.encode([b"\x04", b"\x01", b"o" * 60, SIGNATURE])
    assert good[:2] == b"\xf8\x83" and len(good) == 2 + 0x83
    body = good[2:]
    yield "no bytes", b""
    yield "one zero byte", b"\x00"
    yield "text", b'{"type":"order"}'
    yield "a trailing zero byte", good + b"\x00"
    yield "trailing bytes that are a transaction", good + good
    yield "a byte before the transaction", b"\x00" + good
    yield "the last byte missing", good[:-1]
    yield "only the prefix", good[:2]
    yield "a length in two bytes where one does", b"\xf9\x00\x83" + body
    yield "a length in four bytes where one does", b"\xfb\x00\x00\x00\x83" + body
    yield "a length in eight bytes where one does", b"\xff" + (0x83).to_bytes(8, "big") + body
    yield "a length one too large", b"\xf8\x84" + body
    yield "a length one too small", b"\xf8\x82" + body
    yield "the kind with a prefix", b"\xf8\x84\x81" + body
    yield "a payload length in two bytes where one does", b"\xf8\x84" + body.replace(b"\xb8\x3c", b"\xb9\x00\x3c", 1)
    yield "a string in the list's place", b"\xb8\x83" + body
    yield "a length of 2^64 - 1", b"\xff" + b"\xff" * 8 + body
    deep = []
    for _ in range(200):
        deep = [deep]
    yield "two hundred lists within each other", rlp.encode(deep)
    yield "ten thousand opened lists", b"\xc1" * 10_000


def malformed_vectors():
    cases = [{"name": n, "encoded": hexed(rlp.encode(i)), "code": "TX_MALFORMED"} for n, i in malformed_items()]
    cases += [{"name": n, "encoded": hexed(b), "code": "TX_MALFORMED"} for n, b in malformed_bytes()]
    assert len({c["encoded"] for c in cases}) == len(cases)
    # Too long to be written out: `head`, then `repeat` times the byte `fill`, then `tail`.
    sized = []
    for name, total, code in (
        ("as large as allowed", MAX_TX_BYTES, None),
        ("one byte too large", MAX_TX_BYTES + 1, "TX_TOO_LARGE"),
        ("a megabyte too large", MAX_TX_BYTES + 2**20, "TX_TOO_LARGE"),
    ):
        around = len(rlp.encode([b"\x04", b"\x01", bytes(2**18 - 100), SIGNATURE])) - (2**18 - 100)
        payload = b"\x6f" * (total - around)
        encoded = rlp.encode([b"\x04", b"\x01", payload, SIGNATURE])
        assert len(encoded) == total
        at = encoded.index(payload)
        sized.append(
            {
                "name": name,
                "head": hexed(encoded[:at]),
                "fill": "0x6f",
                "repeat": len(payload),
                "tail": hexed(encoded[at + len(payload) :]),
                "code": code,
            }
        )
    sized.append(
        {"name": "too large and not RLP either", "head": "0x", "fill": "0xff", "repeat": MAX_TX_BYTES + 1, "tail": "0x", "code": "TX_TOO_LARGE"}
    )
    save(
        "malformed.json",
        "Bytes that decodeTransaction must refuse before any signature is looked at, with the reason. "
        "`sized` are written as head, repeat x fill, tail; the one without a code decodes.",
        {"cases": cases, "sized": sized},
    )


def signature_vectors():
    """Signatures by a known key over one order's digest, and what recovery must make of them."""
    of = domain(NETWORKS["devnet"])
    kind, f = "order", {"round": 1, "payload": b"order"}
    digest = signing_digest(of, kind, f)[1]
    good = sign(digest, key("0"))
    r, s, v = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:64], "big"), good[64]

    def packed(r, s, v):
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])

    half = CURVE_ORDER // 2
    refused = {
        "high s with the matching v": packed(r, CURVE_ORDER - s, 55 - v),
        "high s": packed(r, CURVE_ORDER - s, v),
        "s just above half of the order": packed(r, half + 1, v),
        "v 0": packed(r, s, 0),
        "v 1": packed(r, s, 1),
        "v 26": packed(r, s, 26),
        "v 29": packed(r, s, 29),
        "v 37, as EIP-155 writes it": packed(r, s, 37),
        "v 255": packed(r, s, 255),
        "r 0": packed(0, s, v),
        "s 0": packed(r, 0, v),
        "r equal to the order": packed(CURVE_ORDER, s, v),
        "r beyond the field": packed(2**256 - 1, s, v),
        "s equal to the order": packed(r, CURVE_ORDER, v),
        "r and s 0": packed(0, 0, 27),
        "r that is no point's x": packed(5, s, 27),
    }
    others = []
    for name, signature in (("the other v", packed(r, s, 55 - v)), ("s + 1", packed(r, s + 1, v)), ("s at half of the order", packed(r, half, v))):
        recovered = keys.Signature(signature[:64] + bytes([signature[64] - 27])).recover_public_key_from_msg_hash(digest)
        others.append({"name": name, "signature": hexed(signature), "signer": hexed(recovered.to_canonical_address())})
    save(
        "signatures.json",
        "One digest. `accepted` recovers to the signer, `others` to somebody else, `refused` to nobody.",
        {
            "network": hexed_network(NETWORKS["devnet"]),
            "type": kind,
            "fields": hexed_fields(kind, f),
            "digest": hexed(digest),
            "accepted": {"signature": hexed(good), "signer": hexed(address(key("0")))},
            "others": others,
            "refused": [{"name": n, "signature": hexed(sig), "encoded": hexed(encode_transaction(kind, f, sig))} for n, sig in refused.items()],
        },
    )
