// A peg chain of scripted validators in memory: tests say who sends what in which block and look at the answers of the
// query paths. The invariants that need no second source are checked after every block.

import { type Bytes, bytesToBigint, type Hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { keccak256, keccakHex } from '../../relayer/lib/keccak.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { CODES } from '../../relayer/peg/codes.ts';
import { consensusAddress } from '../../relayer/peg/consensus-address.ts';
import { parseAppState, writeGenesis } from '../../relayer/peg/genesis.ts';
import { beginBlock, endBlock, executeTransaction } from '../../relayer/peg/machine.ts';
import { motionId } from '../../relayer/peg/motion.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { answerQuery } from '../../relayer/peg/query.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { networkDomain } from '../../relayer/peg/signing.ts';
import type {
  Balances,
  BlockContent,
  Change,
  Commitment,
  Domain,
  Motion,
  PegEvent,
  StakeEvent,
  Transaction,
  Verdict,
} from '../../relayer/peg/types.ts';
import { MemoryState } from './memory-state.ts';
import { checkInvariants } from './peg-invariants.ts';
import type { MotionView, StateView, ValidatorView, VoteView } from './peg-views.ts';
import { type StakingHistory, staker, stakerKey } from './staking-history.ts';

export interface ScriptedPegOptions {
  readonly powers?: readonly bigint[];
  readonly finalityThreshold?: number;
  readonly periodLength?: number;
  readonly periodLimit?: number;
  readonly maxOrderBytes?: number;
  readonly startBlock?: number;
  readonly startBlockHash?: Hex;
  readonly snapshot?: { readonly nonce: string; readonly accumulator: Hex; readonly balances: Record<string, string> };
}

export interface Validator {
  /** V1, V2, … */
  readonly name: string;
  /** Consensus address. */
  readonly address: Hex;
  /** Consensus key. */
  readonly publicKey: Bytes;
  readonly power: bigint;
  readonly witness: Hex;
  readonly privateKey: Bytes;
}

export interface BlockResult {
  /** Name of each transaction's code; `ok` for code 0. */
  readonly codes: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** Events of the transactions and of the end of the block. */
  readonly events: readonly PegEvent[];
  /** What the engine is told of the set: power by consensus address, 0 for those who leave. */
  readonly updates: Readonly<Record<string, bigint>>;
  /** Keys of the state that the block changed. */
  readonly changes: number;
}

const NAMES = new Map(Object.entries(CODES).map(([name, { code, codespace }]) => [`${codespace}/${code}`, name]));

/** `ok`, or the name of a refusal in the table of codes. */
export function codeName(verdict: { code: number; codespace: string }): string {
  if (verdict.code === 0) return 'ok';
  const name = NAMES.get(`${verdict.codespace}/${verdict.code}`);
  if (name === undefined) throw new Error(`a code that is not in the table: ${verdict.codespace}/${verdict.code}`);
  return name;
}

/** Fixture of the protocol's scenarios unless told otherwise: 4 validators of power 1, x = 6, L = 10, P = 1000, S = 100. */
export class ScriptedPeg {
  readonly validators: readonly Validator[];
  readonly domain: Domain;
  readonly genesis: unknown;
  readonly startBlock: bigint;
  state = new MemoryState();
  height = 0n;
  /** The transactions of every block so far, to be executed again elsewhere. */
  readonly executed: (readonly Bytes[])[] = [];
  /** The chain that honest witnesses see; when set, every block is checked against it. */
  truth: StakingHistory | undefined;
  /** All ABCI events so far. */
  readonly events: PegEvent[] = [];
  #view: StateView | undefined;

  readonly #options: ScriptedPegOptions;

  constructor(options: ScriptedPegOptions = {}) {
    this.#options = options;
    this.validators = (options.powers ?? [1n, 1n, 1n, 1n]).map(scriptedValidator);
    this.startBlock = BigInt(options.startBlock ?? 100);
    this.genesis = genesisOf(options, this.validators);
    const overlay = new Overlay(this.state);
    writeGenesis(overlay, parseAppState(this.genesis), this.validators);
    this.state.apply(overlay.changes());
    this.domain = networkDomain({
      chainId: 31337n,
      stakingContract: CONTRACT,
      pegChainId: 'peg-test',
      genesisTimeNs: 1_785_542_400_000_000_000n,
      genesisAppHash: this.state.hash(),
    });
  }

  /** The validator V`number`, from 1; beyond those of genesis, one that may join. */
  v(number: number): Validator {
    return this.validators[number - 1] ?? scriptedValidator(1n, number - 1);
  }

  /** Executes one peg block; a refused transaction leaves no trace in the state. */
  block(...transactions: readonly Bytes[]): BlockResult {
    const before = this.view();
    this.height++;
    this.executed.push(transactions);
    const proposer = this.validators[Number(this.height) % this.validators.length] as Validator;
    const block = { height: this.height, proposer: proposer.address, transactions: transactions.length };
    const overlay = new Overlay(this.state);
    beginBlock(overlay, block);
    const verdicts = transactions.map((bytes) => executeTransaction(overlay, block, this.domain, bytes));
    const end = endBlock(overlay, block);
    const changes = this.state.apply(overlay.changes());
    this.#view = undefined;
    checkInvariants(this.view(), before, { startBlock: this.startBlock, truth: this.truth });
    this.#checkNothingOfFinalHeightsIsKept();
    this.#checkNoListIsKeptInVain();
    const events = [...verdicts.flatMap((verdict) => verdict.events), ...end.events];
    this.events.push(...events);
    const updates = Object.fromEntries(end.validatorUpdates.map(({ publicKey, power }) => [consensusAddress(publicKey), power]));
    return { codes: verdicts.map(codeName), verdicts, events, updates, changes };
  }

  /** I10: votes (`w`), suffixes (`d`) and pieces (`p`) go when their height is final. Keys: docs/protocol.md, section State. */
  #checkNothingOfFinalHeightsIsKept(): void {
    const mature = BigInt(this.mature() ?? this.startBlock);
    for (const prefix of ['w', 'd', 'p']) {
      for (const [key] of this.state.scan(textBytes(prefix))) {
        const height = bytesToBigint(key.subarray(1, 9));
        if (height <= mature) throw new Error(`the record ${to0x(key)} of block ${height} outlived its finality at ${mature}`);
      }
    }
  }

  /** I10: a list of balances (`q`) is there in a breach only, and as long as an open motion names it. */
  #checkNoListIsKeptInVain(): void {
    const { motions, breach } = this.view();
    const open = Object.values(motions).filter(({ decision }) => decision === null);
    const named = new Set(
      open.flatMap(({ changes }) => changes.flatMap((change) => (change.balances as Hex[] | undefined) ?? [])),
    );
    for (const digest of this.lists())
      if (breach === null || !named.has(digest)) throw new Error(`the list ${digest} outlived what names it`);
  }

  /** Digests of the lists of balances that are on record. */
  lists(): readonly Hex[] {
    return [...this.state.scan(textBytes('q'))].map(([key]) => to0x(key.subarray(1)));
  }

  /** The same machine after a stop and start: nothing but what is on disk goes on. */
  restart(): void {
    this.state = this.state.copy();
    this.#view = undefined;
  }

  /** Another peg in the same state, which goes its own way from here. */
  twin(): ScriptedPeg {
    const twin = new ScriptedPeg(this.#options);
    twin.state = this.state.copy();
    twin.height = this.height;
    return twin;
  }

  sign(privateKey: Bytes, transaction: Transaction): Bytes {
    return signTransaction(this.domain, transaction, privateKey);
  }

  /** A vote of V`number` with its next sequence (or another). */
  vote(
    number: number,
    fromBlock: bigint | number,
    blocks: readonly BlockContent[],
    sequence = this.validator(number).sequence + 1,
  ): Bytes {
    return this.sign(this.v(number).privateKey, {
      type: 'witness',
      sequence: BigInt(sequence),
      fromBlock: BigInt(fromBlock),
      blocks,
    });
  }

  /** A delivery of events by V`number`. */
  deliver(number: number, height: bigint | number, before: Commitment, events: readonly StakeEvent[]): Bytes {
    return this.sign(this.v(number).privateKey, { type: 'events', height: BigInt(height), before, events });
  }

  /** A proposal of V`number`. */
  rebalance(number: number, round: number, startsAt: number, endsAt: number, mapping: Hex): Bytes {
    return this.sign(this.v(number).privateKey, {
      type: 'rebalance',
      round: BigInt(round),
      startsAt: BigInt(startsAt),
      endsAt: BigInt(endsAt),
      mapping,
    });
  }

  /** V`number` supports a motion, or takes its voice back. */
  govern(number: number, motion: Motion, support = true, sequence = this.validator(number).governSequence + 1): Bytes {
    return this.sign(this.v(number).privateKey, { type: 'govern', sequence: BigInt(sequence), support, motion });
  }

  /** V`number` contests what the peg holds for final at `height`. */
  contest(number: number, height: number, hash: Hex, sequence = this.validator(number).governSequence + 1): Bytes {
    const contest = { type: 'contest', sequence: BigInt(sequence), height: BigInt(height), hash } as const;
    return this.sign(this.v(number).privateKey, contest);
  }

  /** V`number` sends one of the lists that a correction names. */
  balances(number: number, balances: Balances): Bytes {
    return this.sign(this.v(number).privateKey, { type: 'balances', balances });
  }

  /** A motion that may be voted on for `life` more blocks. */
  motion(changes: readonly Change[], life = 100): Motion {
    return { expiry: this.height + BigInt(life), changes };
  }

  /** The change that adds V`number`. */
  joining(number: number, power = 1n): Change {
    const { publicKey, witness, name } = this.v(number);
    return { type: 'add', publicKey, power, witness, name };
  }

  /** An order (or a stream) of the staker `name` for `round`. */
  post(name: string, payload: string | Bytes, round = this.round().number, type: 'order' | 'stream' = 'order'): Bytes {
    const bytes = typeof payload === 'string' ? textBytes(payload) : payload;
    return this.sign(stakerKey(name), { type, round: BigInt(round), payload: bytes });
  }

  query(path: string): unknown {
    const answer = this.ask(path);
    if (answer.code !== 0) throw new Error(`${path}: ${answer.log}`);
    return JSON.parse(new TextDecoder().decode(answer.value));
  }

  ask(path: string): ReturnType<typeof answerQuery> {
    // The hash over everything is slow, and no rule depends on what the last one was.
    const chain = { lastBlockHeight: this.height, lastBlockAppHash: NO_HASH, domain: this.domain };
    return answerQuery(this.state, { path, data: new Uint8Array(0) }, chain);
  }

  view(): StateView {
    this.#view ??= this.query('/state') as StateView;
    return this.#view;
  }

  /** The view without what moves even when every transaction of a block is refused: heights, app hash and `lastProposed`. */
  substance(): unknown {
    const { lastBlockHeight, lastBlockAppHash, validators, ...rest } = this.view() as StateView & Record<string, unknown>;
    const quiet = Object.entries(validators).map(([address, { lastProposed, ...validator }]) => [address, validator]);
    return { ...rest, validators: Object.fromEntries(quiet) };
  }

  round(): StateView['round'] {
    return this.view().round;
  }

  /** Votes for one height, strongest content first; empty when there are none. */
  votes(height: number): readonly VoteView[] {
    return this.view().votes[String(height)] ?? [];
  }

  validator(number: number): ValidatorView {
    return this.view().validators[this.v(number).address] as ValidatorView;
  }

  /** Confirmed balance of a staker by name or address; undefined when there is no entry. */
  balance(who: string): bigint | undefined {
    const text = this.view().balances[who.startsWith('0x') ? who : staker(who)];
    return text === undefined ? undefined : BigInt(text);
  }

  /** The motion's record; undefined when there is none. */
  motionRecord(motion: Motion): MotionView | undefined {
    return this.view().motions[motionId(motion)];
  }

  mature(): number | null {
    return this.view().matureEthBlock;
  }
}

const NO_HASH: Hex = `0x${'00'.repeat(32)}`;
const CONTRACT: Hex = `0x${'c0'.repeat(20)}`;

function scriptedValidator(power: bigint, index: number): Validator {
  const name = `V${index + 1}`;
  const privateKey = keccak256(textBytes(`witness ${name}`));
  const { address, publicKey } = CONSENSUS_KEYS[index] as (typeof CONSENSUS_KEYS)[number];
  return { name, address, publicKey, power, witness: addressOf(privateKey), privateKey };
}

/** Consensus keys in the order of their addresses, so that "in order of address" is readable in tests. */
const CONSENSUS_KEYS = Array.from({ length: 128 }, (_, index) => {
  const publicKey = keccak256(textBytes(`consensus ${index}`));
  return { publicKey, address: consensusAddress(publicKey) };
}).sort((a, b) => (a.address < b.address ? -1 : 1));

function genesisOf(options: ScriptedPegOptions, validators: readonly Validator[]): unknown {
  return {
    ethereum: {
      chainId: 31337,
      stakingContract: CONTRACT,
      startBlock: options.startBlock ?? 100,
      startBlockHash: options.startBlockHash ?? keccakHex(textBytes('start block')),
    },
    consensusParams: {
      finalityThreshold: options.finalityThreshold ?? 6,
      periodLength: options.periodLength ?? 10,
      periodLimit: options.periodLimit ?? 1000,
      maxOrderBytes: options.maxOrderBytes ?? 8192,
    },
    witnesses: Object.fromEntries(validators.map(({ address, witness, name }) => [address, { witness, name }])),
    ...(options.snapshot === undefined ? {} : { snapshot: options.snapshot }),
  };
}
