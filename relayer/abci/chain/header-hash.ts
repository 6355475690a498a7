// The hash of a header, which is the hash of its block: what validators sign and what the next header links to.
// Needs no module of Node; the light client uses it in browsers.
// Source: CometBFT spec/core/data_structures.md and encoding.md at v0.38; checked against blocks of the real engine.

import { BinaryWriter } from 'cosmjs-types/binary';
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { BlockID, type Header } from 'cosmjs-types/tendermint/types/types';
import { Consensus } from 'cosmjs-types/tendermint/version/types';
import type { Bytes } from '../../lib/bytes.ts';
import { merkleRoot } from './merkle.ts';

/** Version of the block format in the headers. */
export const BLOCK_PROTOCOL = 11n;

const NOTHING = new Uint8Array();

/** A bare value as a leaf: its google.protobuf wrapper (one field, number 1), or nothing when it is empty. */
const wrapped = (tag: number): BinaryWriter => BinaryWriter.create().uint32(tag);
const text = (value: string): Bytes => (value === '' ? NOTHING : wrapped(10).string(value).finish());
const int64 = (value: bigint): Bytes => (value === 0n ? NOTHING : wrapped(8).int64(value).finish());
const bytes = (value: Bytes): Bytes => (value.length === 0 ? NOTHING : wrapped(10).bytes(value).finish());

/** The block hash (32 bytes): root over the header's fields, in their order. */
export function headerHash(header: Header): Bytes {
  return merkleRoot([
    Consensus.encode(header.version).finish(),
    text(header.chainId),
    int64(header.height),
    Timestamp.encode(header.time).finish(),
    BlockID.encode(header.lastBlockId).finish(),
    bytes(header.lastCommitHash),
    bytes(header.dataHash),
    bytes(header.validatorsHash),
    bytes(header.nextValidatorsHash),
    bytes(header.consensusHash),
    bytes(header.appHash),
    bytes(header.lastResultsHash),
    bytes(header.evidenceHash),
    bytes(header.proposerAddress),
  ]);
}
