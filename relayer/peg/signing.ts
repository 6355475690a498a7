// What is signed: EIP-712 typed data under one domain a network, so that a signature for another network, contract, kind or
// version is worth nothing here. The digests are computed by hand (the types are few); tests hold them against ethers.
// Source: https://eips.ethereum.org/EIPS/eip-712

import { type Bytes, bigintToBytes, concatBytes, type Hex, hex, textBytes, to0x } from '../lib/bytes.ts';
import { keccak256, keccakHex } from '../lib/keccak.ts';
import { encodeRlp, rlpUint } from '../lib/rlp.ts';
import { balancesDigest } from './ledger.ts';
import { motionId } from './motion.ts';
import { encodeBlocks, encodeEvents } from './transaction.ts';
import type { Domain, PostTx, Transaction } from './types.ts';

/** What distinguishes a network from every other. */
export interface Network {
  /** Of Ethereum. */
  readonly chainId: bigint;
  readonly stakingContract: Hex;
  readonly pegChainId: string;
  /** Nanoseconds since the Unix epoch. */
  readonly genesisTimeNs: bigint;
  /** 32 bytes: the app hash that InitChain returned. */
  readonly genesisAppHash: Hex;
}

interface Field {
  readonly name: string;
  readonly type: 'uint8' | 'uint64' | 'bytes32' | 'bytes';
}

export const DOMAIN_NAME = 'OrderStream';
export const DOMAIN_VERSION = '1';
const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)';
const POST: readonly Field[] = [
  { name: 'round', type: 'uint64' },
  { name: 'payload', type: 'bytes' },
];
const TYPES: Readonly<Record<Transaction['type'], readonly [primaryType: string, fields: readonly Field[]]>> = {
  witness: [
    'Witness',
    [
      { name: 'sequence', type: 'uint64' },
      { name: 'fromBlock', type: 'uint64' },
      { name: 'blocks', type: 'bytes32' },
    ],
  ],
  events: [
    'Events',
    [
      { name: 'height', type: 'uint64' },
      { name: 'nonce', type: 'uint64' },
      { name: 'accumulator', type: 'bytes32' },
      { name: 'events', type: 'bytes32' },
    ],
  ],
  rebalance: [
    'Rebalance',
    [
      { name: 'round', type: 'uint64' },
      { name: 'startsAt', type: 'uint64' },
      { name: 'endsAt', type: 'uint64' },
      { name: 'mapping', type: 'bytes32' },
    ],
  ],
  order: ['Order', POST],
  stream: ['Stream', POST],
  govern: [
    'Govern',
    [
      { name: 'sequence', type: 'uint64' },
      { name: 'support', type: 'uint8' },
      { name: 'motion', type: 'bytes32' },
    ],
  ],
  contest: [
    'Contest',
    [
      { name: 'sequence', type: 'uint64' },
      { name: 'height', type: 'uint64' },
      { name: 'hash', type: 'bytes32' },
    ],
  ],
  balances: ['Balances', [{ name: 'balances', type: 'bytes32' }]],
};

/** The domain of a network: its salt is keccak-256 of RLP([peg chain id, genesis time in nanoseconds, app hash of genesis]). */
export function networkDomain(network: Network): Domain {
  const { chainId, stakingContract, pegChainId, genesisTimeNs, genesisAppHash } = network;
  const salt = keccakHex(encodeRlp([textBytes(pegChainId), rlpUint(genesisTimeNs), hex(genesisAppHash, 32)]));
  return { chainId, verifyingContract: stakingContract, salt };
}

/** The 32 bytes that are signed. */
export function signingDigest(domain: Domain, transaction: Transaction): Bytes {
  const [primaryType, fields] = TYPES[transaction.type];
  const type = `${primaryType}(${fields.map((field) => `${field.type} ${field.name}`).join(',')})`;
  const message = messageOf(transaction);
  const struct = keccak256(concatBytes(typeHash(type), ...fields.map((field) => encodeField(field, message[field.name]))));
  return keccak256(concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(domain), struct));
}

/** What is signed, for any EIP-712 signer (`signer.signTypedData(domain, types, message)` in ethers). */
export function typedData(domain: Domain, transaction: Transaction) {
  const [primaryType, fields] = TYPES[transaction.type];
  const { chainId, verifyingContract, salt } = domain;
  return {
    domain: { name: DOMAIN_NAME, version: DOMAIN_VERSION, chainId, verifyingContract, salt },
    types: { [primaryType]: fields.map((field) => ({ ...field })) },
    primaryType,
    message: messageOf(transaction),
  };
}

/** Names an order or stream within its round: keccak-256 of signing digest ‖ poster. */
export function orderId(domain: Domain, post: PostTx, poster: Hex): Hex {
  return postId(signingDigest(domain, post), poster);
}

/** The same from the digest of the order or stream. */
export function postId(digest: Bytes, poster: Hex): Hex {
  return keccakHex(concatBytes(digest, hex(poster, 20)));
}

function messageOf(transaction: Transaction): Record<string, bigint | Hex> {
  switch (transaction.type) {
    case 'witness': {
      const { sequence, fromBlock, blocks } = transaction;
      return { sequence, fromBlock, blocks: keccakHex(encodeRlp(encodeBlocks(blocks))) };
    }
    case 'events': {
      const { height, before, events } = transaction;
      return { height, nonce: before.nonce, accumulator: before.accumulator, events: keccakHex(encodeRlp(encodeEvents(events))) };
    }
    case 'rebalance': {
      const { round, startsAt, endsAt, mapping } = transaction;
      return { round, startsAt, endsAt, mapping };
    }
    case 'order':
    case 'stream':
      return { round: transaction.round, payload: to0x(transaction.payload) };
    case 'govern': {
      const { sequence, support, motion } = transaction;
      return { sequence, support: support ? 1n : 0n, motion: motionId(motion) };
    }
    case 'contest': {
      const { sequence, height, hash } = transaction;
      return { sequence, height, hash };
    }
    case 'balances':
      return { balances: balancesDigest(transaction.balances) };
  }
}

function encodeField(field: Field, value: bigint | Hex | undefined): Bytes {
  if (typeof value === 'bigint') return bigintToBytes(value, 32);
  return field.type === 'bytes' ? keccak256(hex(value as Hex)) : hex(value as Hex, 32);
}

/** Domains are few and long-lived, their separators are asked for with every signature. */
const separators = new WeakMap<Domain, Bytes>();

function domainSeparator(domain: Domain): Bytes {
  let separator = separators.get(domain);
  if (separator === undefined) {
    separator = keccak256(
      concatBytes(
        typeHash(DOMAIN_TYPE),
        keccak256(textBytes(DOMAIN_NAME)),
        keccak256(textBytes(DOMAIN_VERSION)),
        bigintToBytes(domain.chainId, 32),
        new Uint8Array(12),
        hex(domain.verifyingContract, 20),
        hex(domain.salt, 32),
      ),
    );
    separators.set(domain, separator);
  }
  return separator;
}

const typeHashes = new Map<string, Bytes>();

function typeHash(type: string): Bytes {
  let hash = typeHashes.get(type);
  if (hash === undefined) {
    hash = keccak256(textBytes(type));
    typeHashes.set(type, hash);
  }
  return hash;
}
