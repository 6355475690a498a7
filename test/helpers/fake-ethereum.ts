// An Ethereum in memory with forks: real header hashes, blooms, receipts roots and storage proofs, so that nothing in it
// need be believed. Encodings are made with ethers and @ethereumjs/mpt, not with the code under test.

import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt';
import { AbiCoder, encodeRlp, getBytes, hexlify, id, keccak256, toBeHex, zeroPadValue } from 'ethers';
import type { Hex } from '../../relayer/lib/bytes.ts';
import type { StakeEvent } from '../../relayer/peg/types.ts';
import { foldHistory, NO_EVENTS } from './staking-history.ts';

export const CONTRACT: Hex = '0x5fbdb2315678afecb367f032d93f642f64180aa3';
export const STRANGER: Hex = `0x${'99'.repeat(20)}`;
const ZERO32: Hex = `0x${'00'.repeat(32)}`;
const MADE = id('StakeMade(address,uint256,uint256)');
const REMOVED = id('StakeRemoved(address,uint256,uint256)');
const CODE = '0x6001';

type Commitment = typeof NO_EVENTS;
export type Json = Record<string, unknown>;

/** The endpoint's refusal of one call. */
export class RpcRefusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface FakeBlock {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parent: FakeBlock | undefined;
  /** As eth_getBlockBy… answers. */
  readonly json: Json;
  readonly logs: readonly Json[];
  readonly receipts: readonly Json[];
  readonly after: Commitment;
  readonly deployed: boolean;
  readonly accounts: MerklePatriciaTrie;
  readonly storage: MerklePatriciaTrie;
}

export interface BlockRequest {
  /** Default: on the canonical head. */
  readonly on?: FakeBlock;
  readonly events?: readonly StakeEvent[];
  /** The bloom claims the contract's events although there may be none. */
  readonly bloomLies?: boolean;
  /** Logs of another contract with the same topics. */
  readonly strangers?: number;
  /** Bytes of data in each of those. Default 64. */
  readonly strangerBytes?: number;
  readonly deployed?: boolean;
  /** Other hashes for the same content. */
  readonly salt?: string;
  /** The parent hash in the header is zero, as in blocks of `hardhat_mine`. */
  readonly hollow?: boolean;
}

type LogFilter = { readonly address: Hex; readonly topics: readonly [readonly string[]] } & (
  | { readonly blockHash: Hex }
  | { readonly fromBlock: string; readonly toBlock: string }
);

export class FakeEthereum {
  readonly chainId: bigint;
  readonly #blocks = new Map<Hex, FakeBlock>();
  head: FakeBlock;
  /** Undefined: this endpoint has no finalized tag. */
  finalized: bigint | undefined;

  private constructor(genesis: FakeBlock, chainId: bigint) {
    this.chainId = chainId;
    this.head = genesis;
    this.#blocks.set(genesis.hash, genesis);
  }

  /** A chain whose contract is there from block 1 on, with `blocks` empty blocks on top of genesis. */
  static async start(blocks = 1, chainId = 1337n): Promise<FakeEthereum> {
    const chain = new FakeEthereum(await buildBlock(undefined, { deployed: false }), chainId);
    await chain.mine(blocks);
    return chain;
  }

  /** Another chain with the same blocks up to `at`, which is its head. */
  fork(at: FakeBlock): FakeEthereum {
    const chain = new FakeEthereum(at, this.chainId);
    for (let block: FakeBlock | undefined = at; block !== undefined; block = block.parent) chain.#blocks.set(block.hash, block);
    return chain;
  }

  /** Adds a block and makes it the head. */
  async add(request: BlockRequest = {}): Promise<FakeBlock> {
    const block = await buildBlock(request.on ?? this.head, request);
    this.#blocks.set(block.hash, block);
    this.head = block;
    return block;
  }

  /** Adds empty blocks; the last one is the head. */
  async mine(count: number, request: BlockRequest = {}): Promise<FakeBlock> {
    for (let i = 0; i < count; i++) await this.add(i === 0 ? request : { ...request, on: this.head });
    return this.head;
  }

  /** The canonical block at a height. */
  at(number: bigint): FakeBlock | undefined {
    let block: FakeBlock | undefined = this.head;
    while (block !== undefined && block.number > number) block = block.parent;
    return block?.number === number ? block : undefined;
  }

  /** An honest answer. */
  async answer(method: string, params: readonly unknown[]): Promise<unknown> {
    switch (method) {
      case 'eth_chainId':
        return toQuantity(this.chainId);
      case 'eth_getBlockByNumber':
        return this.#tagged(params[0] as string)?.json ?? null;
      case 'eth_getBlockByHash':
        return this.#blocks.get(params[0] as Hex)?.json ?? null;
      case 'eth_getBlockReceipts':
        return this.#stateAt({ blockHash: params[0] }).receipts;
      case 'eth_getTransactionReceipt':
        return this.#receipt(params[0] as Hex) ?? null;
      case 'eth_getLogs':
        return this.#logs(params[0] as LogFilter);
      case 'eth_getCode':
        return this.#stateAt(params[1]).deployed && params[0] === CONTRACT ? CODE : '0x';
      case 'eth_getStorageAt':
        return slots(this.#stateAt(params[2]).after)[Number(params[1])];
      case 'eth_call':
        return this.#call(params[0] as { data: string }, this.#stateAt(params[1]));
      case 'eth_getProof':
        return this.#proof(this.#stateAt(params[2]));
      default:
        throw new RpcRefusal(-32601, `the method ${method} does not exist`);
    }
  }

  #tagged(tag: string): FakeBlock | undefined {
    if (tag === 'latest') return this.head;
    if (tag === 'finalized') return this.finalized === undefined ? undefined : this.at(this.finalized);
    return this.at(BigInt(tag));
  }

  #stateAt(at: unknown): FakeBlock {
    const block = typeof at === 'string' ? this.#tagged(at) : this.#blocks.get((at as { blockHash: Hex }).blockHash);
    if (block === undefined) throw new RpcRefusal(-32000, 'header not found');
    return block;
  }

  #receipt(hash: Hex): Json | undefined {
    for (const { receipts } of this.#blocks.values()) {
      const receipt = receipts.find(({ transactionHash }) => transactionHash === hash);
      if (receipt !== undefined) return receipt;
    }
    return undefined;
  }

  #logs({ address, topics, ...where }: LogFilter): readonly Json[] {
    const matches = (log: Json) => log.address === address && topics[0].includes((log.topics as string[])[0] as string);
    if ('blockHash' in where) return this.#stateAt(where).logs.filter(matches);
    const blocks: FakeBlock[] = [];
    for (let block: FakeBlock | undefined = this.head; block !== undefined; block = block.parent)
      if (block.number >= BigInt(where.fromBlock) && block.number <= BigInt(where.toBlock)) blocks.unshift(block);
    return blocks.flatMap(({ logs }) => logs.filter(matches));
  }

  #call({ data }: { data: string }, block: FakeBlock): string {
    if (!block.deployed) return '0x';
    if (data === id('eventNonce()').slice(0, 10)) return toBeHex(block.after.nonce, 32);
    if (data === id('accumulator()').slice(0, 10)) return block.after.accumulator;
    throw new RpcRefusal(3, 'execution reverted');
  }

  async #proof({ accounts, storage }: FakeBlock): Promise<Json> {
    const prove = async (trie: MerklePatriciaTrie, key: string) =>
      (await createMerkleProof(trie, getBytes(key))).map((node) => hexlify(node));
    const keys = [zeroPadValue('0x00', 32), zeroPadValue('0x01', 32)];
    const storageProof = await Promise.all(keys.map(async (key) => ({ key, value: '0x0', proof: await prove(storage, key) })));
    return { address: CONTRACT, accountProof: await prove(accounts, CONTRACT), storageProof };
  }
}

/** Low bits of slot 0 are the nonce; the rest, part of the total, must not matter. */
function slots({ nonce, accumulator }: Commitment): readonly [string, string] {
  return [nonce === 0n ? ZERO32 : toBeHex((0xabcdefn << 64n) | nonce, 32), accumulator];
}

async function buildBlock(parent: FakeBlock | undefined, request: BlockRequest): Promise<FakeBlock> {
  const number = parent === undefined ? 0n : parent.number + 1n;
  const {
    events = [],
    strangers = 0,
    strangerBytes = 64,
    deployed = true,
    bloomLies = false,
    hollow = false,
    salt = '',
  } = request;
  const before = parent?.after ?? NO_EVENTS;
  const after = deployed ? foldHistory(before, number, events) : NO_EVENTS;
  const raw = [
    ...Array.from({ length: strangers }, () => ({
      address: STRANGER,
      topics: [MADE, ZERO32],
      data: `0x${'00'.repeat(strangerBytes)}` as Hex,
    })),
    ...events.map(({ kind, staker, amount }, i) => ({
      address: CONTRACT,
      topics: [kind === 'add' ? MADE : REMOVED, zeroPadValue(staker, 32)],
      data: AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [amount, before.nonce + BigInt(i) + 1n]) as Hex,
    })),
  ];
  const unchanged = parent !== undefined && parent.deployed === deployed && parent.after.nonce === after.nonce;
  const { accounts, storage } = unchanged ? parent : await buildState(deployed ? after : undefined);
  const bloom = bloomOf([...raw.flatMap(({ address, topics }) => [address, ...topics]), ...(bloomLies ? [CONTRACT, MADE] : [])]);
  const transactionHash = keccak256(hexlify(Buffer.from(`${parent?.hash}${salt}${number}`))) as Hex;
  // Two transactions: a type-2 one with all logs and a legacy one that failed.
  const receipts =
    raw.length === 0
      ? []
      : [draftReceipt(transactionHash, 2, raw, 1, 0), draftReceipt(keccak256(transactionHash) as Hex, 0, [], 0, 1)];
  const json = {
    parentHash: hollow || parent === undefined ? ZERO32 : parent.hash,
    sha3Uncles: keccak256(encodeRlp([])),
    miner: STRANGER,
    stateRoot: hexlify(accounts.root()),
    transactionsRoot: keccak256(encodeRlp('0x')),
    receiptsRoot: await orderedRoot(receipts.map(encodeReceipt)),
    logsBloom: bloom,
    difficulty: '0x0',
    number: toQuantity(number),
    gasLimit: '0x1c9c380',
    gasUsed: toQuantity(BigInt(raw.length) * 21_000n),
    timestamp: toQuantity(1_700_000_000n + number * 12n),
    extraData: hexlify(Buffer.from(salt)),
    mixHash: ZERO32,
    nonce: '0x0000000000000000',
    baseFeePerGas: '0x7',
    withdrawalsRoot: keccak256(encodeRlp('0x')),
  };
  const hash = keccak256(encodeRlp(headerFields(json))) as Hex;
  const placed = { blockHash: hash, blockNumber: json.number };
  const whole = receipts.map((receipt) => ({
    ...receipt,
    ...placed,
    logs: receipt.logs.map((log, i) => ({
      ...log,
      ...placed,
      transactionHash,
      transactionIndex: '0x0',
      logIndex: toQuantity(BigInt(i)),
      removed: false,
    })),
  }));
  const transactions = receipts.map((receipt) => receipt.transactionHash);
  return {
    number,
    hash,
    parent,
    json: { ...json, hash, size: '0x200', transactions, uncles: [], withdrawals: [] },
    logs: whole.flatMap(({ logs }) => logs),
    receipts: whole,
    after,
    deployed,
    accounts,
    storage,
  };
}

type RawLog = { readonly address: Hex; readonly topics: readonly string[]; readonly data: Hex };

function draftReceipt(transactionHash: Hex, type: number, logs: readonly RawLog[], status: number, index: number) {
  return {
    transactionHash,
    transactionIndex: toQuantity(BigInt(index)),
    type: toQuantity(BigInt(type)),
    status: toQuantity(BigInt(status)),
    cumulativeGasUsed: toQuantity(BigInt(index + 1) * 50_000n),
    logsBloom: bloomOf(logs.flatMap(({ address, topics }) => [address, ...topics])),
    logs,
  };
}

function encodeReceipt({ type, status, cumulativeGasUsed, logsBloom, logs }: ReturnType<typeof draftReceipt>): string {
  const outcome = status === '0x1' ? '0x01' : '0x';
  const payload = encodeRlp([
    outcome,
    rlpQuantity(cumulativeGasUsed),
    logsBloom,
    logs.map(({ address, topics, data }) => [address, [...topics], data]),
  ]);
  return type === '0x0' ? payload : `0x02${payload.slice(2)}`;
}

async function buildState(after: Commitment | undefined) {
  const storage = await createMPT({ useKeyHashing: true });
  const accounts = await createMPT({ useKeyHashing: true });
  await accounts.put(getBytes(STRANGER), getBytes(encodeRlp(['0x01', '0x05', storage0(), keccak256('0x')])));
  if (after === undefined) return { accounts, storage };
  for (const [i, value] of slots(after).entries()) {
    if (value !== ZERO32)
      await storage.put(getBytes(toBeHex(i, 32)), getBytes(encodeRlp(rlpQuantity(toQuantity(BigInt(value))))));
  }
  const account = ['0x01', '0x', hexlify(storage.root()), keccak256(CODE)];
  await accounts.put(getBytes(CONTRACT), getBytes(encodeRlp(account)));
  return { accounts, storage };
}

const storage0 = () => keccak256(encodeRlp('0x'));

async function orderedRoot(items: readonly string[]): Promise<string> {
  const trie = await createMPT();
  for (const [i, item] of items.entries())
    await trie.put(getBytes(encodeRlp(rlpQuantity(toQuantity(BigInt(i))))), getBytes(item));
  return hexlify(trie.root());
}

const QUANTITIES = new Set([
  'difficulty',
  'number',
  'gasLimit',
  'gasUsed',
  'timestamp',
  'baseFeePerGas',
  'blobGasUsed',
  'excessBlobGas',
]);

/** Fields of a header for RLP, from JSON in the order of the encoding. */
export function headerFields(json: Json): string[] {
  return Object.entries(json).map(([name, value]) => (QUANTITIES.has(name) ? rlpQuantity(value as string) : (value as string)));
}

function bloomOf(items: readonly string[]): Hex {
  let bits = 0n;
  for (const item of items) {
    const digest = getBytes(keccak256(item));
    for (const i of [0, 2, 4]) bits |= 1n << BigInt((((digest[i] as number) << 8) + (digest[i + 1] as number)) % 2048);
  }
  return toBeHex(bits, 256) as Hex;
}

export function toQuantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function rlpQuantity(text: string): string {
  return BigInt(text) === 0n ? '0x' : toBeHex(BigInt(text));
}
