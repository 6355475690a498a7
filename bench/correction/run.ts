// What a correction costs in which every balance differs, from working it out to the commit that adopts it, on one validator's
// store. Seconds are those of the main thread:
//   node --import tsx bench/correction/run.ts [BALANCES …]

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bytes, type Hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { keccak256 } from '../../relayer/lib/keccak.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { TransactionCheck } from '../../relayer/peg/check.ts';
import { consensusAddress } from '../../relayer/peg/consensus-address.ts';
import { parseAppState, writeGenesis } from '../../relayer/peg/genesis.ts';
import { beginBlock, endBlock, executeTransaction } from '../../relayer/peg/machine.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { networkDomain } from '../../relayer/peg/signing.ts';
import { balanceTable, breachCell, ethereumCell, roundCell } from '../../relayer/peg/tables.ts';
import type { Transaction } from '../../relayer/peg/types.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { correctionOf } from '../../relayer/witness/correction.ts';

/** What CometBFT's default of 4 MiB a block has room for. */
const LISTS_A_BLOCK = 16;
/** Balances written at once before the measurement. */
const AT_A_TIME = 50_000;
const HASH: Hex = `0x${'ab'.repeat(32)}`;
const CONTRACT: Hex = `0x${'c0'.repeat(20)}`;

const VALIDATORS = [1, 2, 3, 4].map((number) => {
  const privateKey = keccak256(textBytes(`witness ${number}`));
  const publicKey = keccak256(textBytes(`consensus ${number}`));
  return { address: consensusAddress(publicKey), publicKey, power: 1n, privateKey, witness: addressOf(privateKey) };
});
const DOMAIN = networkDomain({
  chainId: 1n,
  stakingContract: CONTRACT,
  pegChainId: 'bench',
  genesisTimeNs: 1n,
  genesisAppHash: HASH,
});

const sign = (number: number, transaction: Transaction): Bytes =>
  signTransaction(DOMAIN, transaction, (VALIDATORS[number - 1] as (typeof VALIDATORS)[number]).privateKey);

const staker = (index: number): Hex => to0x(createHash('sha256').update(`staker ${index}`).digest().subarray(0, 20));

/** 10^18 base units and more, no two of them equal. */
const balanceOf = (index: number, salt: bigint): bigint => 10n ** 18n + 2n * BigInt(index) + salt;

/** Seconds of the main thread, which depend less on a busy machine than those of the clock. */
const now = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
};
const seconds = (since: number): number => now() - since;

/** The correction of a ledger in which everybody has one base unit too little, and how long that took. */
function workedOut(count: number) {
  const ledger = (salt: bigint) => new Map(Array.from({ length: count }, (_, i) => [staker(i), balanceOf(i, salt)] as const));
  const contract = { nonce: BigInt(count), accumulator: HASH, balances: ledger(1n) };
  const peg = { balances: ledger(0n) };
  const at = now();
  const made = correctionOf(peg, contract, 105n, HASH);
  return { ...made, workOut: seconds(at) };
}

async function measure(count: number, folder: string): Promise<void> {
  const store = await openStore({ folder, keepVersions: 16 });
  let height = 0n;
  const commit = async (overlay: Overlay) => {
    store.stage(overlay.changes());
    await store.commit(++height);
  };
  /** One peg block: executed, staged and committed. */
  const block = async (...transactions: readonly Bytes[]) => {
    const overlay = new Overlay(store.reader());
    const about = { height: height + 1n, proposer: VALIDATORS[0]?.address as Hex, transactions: transactions.length };
    beginBlock(overlay, about);
    for (const bytes of transactions) {
      const { code, log } = executeTransaction(overlay, about, DOMAIN, bytes);
      if (code !== 0) throw new Error(log);
    }
    const { events } = endBlock(overlay, about);
    await commit(overlay);
    return events;
  };
  try {
    const genesis = new Overlay(store.reader());
    writeGenesis(
      genesis,
      parseAppState({
        ethereum: { chainId: 1, stakingContract: CONTRACT, startBlock: 100, startBlockHash: HASH },
        consensusParams: { finalityThreshold: 6, periodLength: 10, periodLimit: 75_000, maxOrderBytes: 8_192 },
        witnesses: Object.fromEntries(VALIDATORS.map(({ address, witness }, i) => [address, { witness, name: `V${i + 1}` }])),
      }),
      VALIDATORS,
    );
    roundCell.set(genesis, { number: 1n, startsAt: 100n, endsAt: 110n, limit: 75_000n });
    ethereumCell.set(genesis, { nonce: BigInt(count), accumulator: HASH, matureBlock: 105n, matureBlockHash: HASH });
    breachCell.set(genesis, { height: 105n, reason: 'for the measurement' });
    await commit(genesis);
    for (let start = 0; start < count; start += AT_A_TIME) {
      const overlay = new Overlay(store.reader());
      for (let i = start; i < Math.min(count, start + AT_A_TIME); i++) balanceTable.set(overlay, staker(i), balanceOf(i, 0n));
      await commit(overlay);
    }

    const { correction, lists, workOut } = workedOut(count);
    const motion = { expiry: 10_000n, changes: [correction] };
    const voices = [1, 2, 3].map((number) => sign(number, { type: 'govern', sequence: 1n, support: true, motion }));
    let at = now();
    const deliveries = lists.map((balances) => sign(1, { type: 'balances', balances }));
    const signing = seconds(at);
    await block(...voices.slice(0, 2));

    at = now();
    const check = new TransactionCheck(store.reader(), DOMAIN, height);
    for (const bytes of deliveries.slice(0, LISTS_A_BLOCK)) check.check(bytes);
    const checking = seconds(at) / Math.min(LISTS_A_BLOCK, deliveries.length);
    at = now();
    let longest = 0;
    for (let start = 0; start < deliveries.length; start += LISTS_A_BLOCK) {
      const began = now();
      await block(...deliveries.slice(start, start + LISTS_A_BLOCK));
      longest = Math.max(longest, seconds(began));
    }
    const delivering = seconds(at);
    at = now();
    const events = await block(voices[2] as Bytes);
    const adopting = seconds(at);
    if (events.at(-1)?.attributes.outcome !== 'passed') throw new Error(JSON.stringify(events));
    for (let i = 0; i < count; i++)
      if (balanceTable.get(store.reader(), staker(i)) !== balanceOf(i, 1n)) throw new Error(`balance ${i} was not corrected`);

    const bytes = deliveries.reduce((sum, { length }) => sum + length, 0);
    console.log(`${count.toLocaleString('en')} balances, ${lists.length} lists:`);
    console.log(`  bytes: ${bytes} in lists, ${voices[0]?.length} a voice`);
    console.log(`  worked out in ${workOut.toFixed(2)} s (without reading Ethereum), signed in ${signing.toFixed(2)} s`);
    console.log(`  checked by the mempool in ${(1000 * checking).toFixed(0)} ms a list`);
    console.log(
      `  delivered in ${Math.ceil(lists.length / LISTS_A_BLOCK)} blocks: ${delivering.toFixed(2)} s, the longest ${longest.toFixed(2)} s`,
    );
    console.log(`  adopted in one block: ${adopting.toFixed(2)} s`);
    console.log(`  memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most`);
  } finally {
    await store.close();
  }
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [4_600, 100_000, 1_000_000]) {
  const folder = await mkdtemp(join(tmpdir(), 'peg-correction-'));
  try {
    await measure(count, join(folder, 'state'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
