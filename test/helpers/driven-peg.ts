// The peg application, driven call by call as a consensus engine drives it: tests say which transactions come, when the node
// stops, and look at the answers.

import { createHash } from 'node:crypto';
import {
  CheckTxType,
  type RequestFinalizeBlock,
  type RequestInitChain,
  type ResponseCheckTx,
  type ResponseFinalizeBlock,
  type ResponseQuery,
  ResponseProcessProposal_ProposalStatus as Status,
} from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../../relayer/abci/application.ts';
import type { LoggedCall } from '../../relayer/abci/call-grammar.ts';
import { consensusAddress } from '../../relayer/abci/consensus-address.ts';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { PegApplication, type PegApplicationOptions } from '../../relayer/abci/peg-application.ts';
import { type Bytes, bigintToBytes, concatBytes, type Hex, hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { keccak256, keccakHex } from '../../relayer/lib/keccak.ts';
import { type Log, silentLog } from '../../relayer/lib/log.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { CODES } from '../../relayer/peg/codes.ts';
import { constructMapping, mappingDigest } from '../../relayer/peg/mapping.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { networkDomain } from '../../relayer/peg/signing.ts';
import type { BlockContent, Commitment, Domain, StakeEvent, Transaction } from '../../relayer/peg/types.ts';
import type { StateStore } from '../../relayer/store/state-store.ts';
import { recordCalls } from './recording-application.ts';
import { type StakingHistory, stakerKey } from './staking-history.ts';

export interface DrivenValidator {
  readonly consensusKey: Bytes;
  readonly address: Hex;
  readonly power: bigint;
  readonly witnessKey: Bytes;
}

export interface DrivenBlock {
  readonly height: bigint;
  readonly txs: readonly Bytes[];
  /** Names of the results' codes; `ok` for 0. */
  readonly codes: readonly string[];
  readonly answer: ResponseFinalizeBlock;
}

const NAMES = new Map(Object.entries(CODES).map(([name, { code, codespace }]) => [`${codespace}/${code}`, name]));
const TIME = { seconds: 1_785_542_400n, nanos: 500_000_000 };
const CONTRACT: Hex = `0x${'c0'.repeat(20)}`;
const CHAIN_ID = 'peg-test';
export const START_BLOCK = 100n;
const NO_COMMIT = { round: 0, votes: [] };

export function codeName({ code, codespace }: { code: number; codespace: string }): string {
  return code === 0 ? 'ok' : (NAMES.get(`${codespace}/${code}`) ?? `${codespace}/${code}`);
}

/** Validators V1, V2, … with keys that follow from their number. */
export function drivenValidators(powers: readonly bigint[]): readonly DrivenValidator[] {
  return powers.map((power, index) => {
    const consensusKey = keccak256(textBytes(`consensus V${index + 1}`));
    const witnessKey = keccak256(textBytes(`witness V${index + 1}`));
    return { consensusKey, address: consensusAddress(consensusKey), power, witnessKey };
  });
}

export function appStateOf(validators: readonly DrivenValidator[]): Record<string, unknown> {
  return {
    ethereum: {
      chainId: 31337,
      stakingContract: CONTRACT,
      startBlock: Number(START_BLOCK),
      startBlockHash: keccakHex(textBytes('start block')),
    },
    consensusParams: { finalityThreshold: 6, periodLength: 10, periodLimit: 1000, maxOrderBytes: 8192 },
    witnesses: Object.fromEntries(
      validators.map(({ address, witnessKey }, index) => [address, { witness: addressOf(witnessKey), name: `V${index + 1}` }]),
    ),
  };
}

export function initChainRequest(
  validators: readonly DrivenValidator[],
  changes: Partial<RequestInitChain> & { readonly appState?: unknown } = {},
): RequestInitChain {
  const { appState = appStateOf(validators), ...rest } = changes;
  return {
    time: TIME,
    chainId: CHAIN_ID,
    validators: validators.map(({ consensusKey, power }) => ({ pubKey: { ed25519: consensusKey }, power })),
    appStateBytes: textBytes(JSON.stringify(appState)),
    initialHeight: 1n,
    ...rest,
  };
}

/** The genesis file that leads to the request. */
export function genesisDocOf(request: RequestInitChain): GenesisDoc {
  const { seconds, nanos } = request.time;
  const time = new Date(Number(seconds) * 1000).toISOString();
  return {
    genesis_time: time.replace('.000Z', `.${nanos.toString().padStart(9, '0')}Z`),
    chain_id: request.chainId,
    initial_height: request.initialHeight.toString(),
    validators: request.validators.map(({ pubKey, power }) => {
      const key = pubKey.ed25519 as Bytes;
      const address = consensusAddress(key).slice(2).toUpperCase();
      const value = Buffer.from(key).toString('base64');
      return { address, pub_key: { type: 'tendermint/PubKeyEd25519', value }, power: power.toString(), name: '' };
    }),
    app_hash: '',
    app_state: JSON.parse(new TextDecoder().decode(request.appStateBytes)),
  };
}

export interface DrivenPegOptions {
  readonly powers?: readonly bigint[];
  readonly initialHeight?: bigint;
}

type DrivenApplicationOptions = Omit<PegApplicationOptions, 'store' | 'log'>;

/** One node. `open` starts its application on a store; a second `open` is a restart. */
export class DrivenPeg {
  readonly validators: readonly DrivenValidator[];
  readonly genesis: RequestInitChain;
  /** Blocks that were decided, for replays. */
  readonly decided: RequestFinalizeBlock[] = [];
  /** Calls since the last `open`. */
  calls: LoggedCall[] = [];
  domain: Domain | undefined;
  height: bigint;
  #application: Application | undefined;

  constructor({ powers = [1n, 1n, 1n, 1n], initialHeight = 1n }: DrivenPegOptions = {}) {
    this.validators = drivenValidators(powers);
    this.genesis = initChainRequest(this.validators, { initialHeight });
    this.height = initialHeight - 1n;
  }

  get application(): Application {
    if (this.#application === undefined) throw new Error('open the application first');
    return this.#application;
  }

  /** A new application on `store`, initialised when the store is empty. */
  async open(store: StateStore, log: Log = silentLog, options: DrivenApplicationOptions = {}): Promise<this> {
    const application = this.attach(store, log, options);
    const { lastBlockHeight } = await application.info({ version: '', blockVersion: 0n, p2pVersion: 0n, abciVersion: '' });
    if (lastBlockHeight === 0n) await this.initChain();
    return this;
  }

  /** The same without InitChain. */
  attach(store: StateStore, log: Log = silentLog, options: DrivenApplicationOptions = {}): Application {
    this.calls = [];
    this.#application = recordCalls<Application>(new PegApplication({ ...options, store, log }), this.calls);
    return this.#application;
  }

  async initChain(): Promise<Bytes> {
    const { appHash } = await this.application.initChain(this.genesis);
    const genesisAppHash = to0x(appHash);
    const genesisTimeNs = TIME.seconds * 1_000_000_000n + BigInt(TIME.nanos);
    this.domain = networkDomain({
      chainId: 31337n,
      stakingContract: CONTRACT,
      pegChainId: CHAIN_ID,
      genesisTimeNs,
      genesisAppHash,
    });
    return appHash;
  }

  /** The next block as FinalizeBlock shows it; its hash follows from height, proposer and transactions. */
  request(...txs: readonly Bytes[]): RequestFinalizeBlock {
    const height = this.height + 1n;
    const proposer = this.validators[Number(height) % this.validators.length] as DrivenValidator;
    const proposerAddress = hex(proposer.address);
    const digest = createHash('sha256')
      .update(concatBytes(bigintToBytes(height, 8), proposerAddress, ...txs))
      .digest();
    return {
      txs: [...txs],
      decidedLastCommit: NO_COMMIT,
      misbehavior: [],
      hash: Uint8Array.from(digest),
      height,
      time: TIME,
      nextValidatorsHash: new Uint8Array(32),
      proposerAddress,
    };
  }

  async prepare(txs: readonly Bytes[], maxTxBytes = 1_000_000n): Promise<readonly Bytes[]> {
    const { decidedLastCommit, hash, ...request } = this.request(...txs);
    return (await this.application.prepareProposal({ ...request, maxTxBytes, localLastCommit: NO_COMMIT })).txs;
  }

  async process(request: RequestFinalizeBlock): Promise<boolean> {
    const { decidedLastCommit, ...rest } = request;
    const { status } = await this.application.processProposal({ ...rest, proposedLastCommit: decidedLastCommit });
    return status === Status.ACCEPT;
  }

  /** ProcessProposal, FinalizeBlock and Commit of exactly these transactions. */
  async block(...txs: readonly Bytes[]): Promise<DrivenBlock> {
    const request = this.request(...txs);
    if (!(await this.process(request))) throw new Error('the proposal was rejected');
    return this.decide(request);
  }

  /** FinalizeBlock and Commit. */
  async decide(request: RequestFinalizeBlock): Promise<DrivenBlock> {
    const answer = await this.application.finalizeBlock(request);
    this.decided.push(request);
    await this.application.commit();
    this.height = request.height;
    return { height: request.height, txs: request.txs, codes: answer.txResults.map(codeName), answer };
  }

  check(tx: Bytes, type = CheckTxType.NEW): Promise<ResponseCheckTx> {
    return this.application.checkTx({ tx, type });
  }

  ask(path: string, { height = 0n, prove = false } = {}): Promise<ResponseQuery> {
    return this.application.query({ path, height, prove, data: new Uint8Array(0) });
  }

  async query<T = unknown>(path: string, height = 0n): Promise<T> {
    const answer = await this.ask(path, { height });
    if (answer.code !== 0) throw new Error(`${path}: ${answer.log}`);
    return JSON.parse(new TextDecoder().decode(answer.value)) as T;
  }

  sign(privateKey: Bytes, transaction: Transaction): Bytes {
    return signTransaction(this.domain as Domain, transaction, privateKey);
  }

  witnessKey(number: number): Bytes {
    return (this.validators[number - 1] as DrivenValidator).witnessKey;
  }

  vote(number: number, sequence: number, fromBlock: number, blocks: readonly BlockContent[]): Bytes {
    const transaction = { type: 'witness', sequence: BigInt(sequence), fromBlock: BigInt(fromBlock), blocks } as const;
    return this.sign(this.witnessKey(number), transaction);
  }

  deliver(number: number, height: number, before: Commitment, events: readonly StakeEvent[]): Bytes {
    return this.sign(this.witnessKey(number), { type: 'events', height: BigInt(height), before, events });
  }

  /** V`number`'s proposal of a round whose limits follow from `balances`. */
  rebalance(number: number, round: number, startsAt: number, balances: Iterable<readonly [Hex, bigint]> = []): Bytes {
    const mapping = mappingDigest(constructMapping(balances, 1000n));
    const bounds = { round: BigInt(round), startsAt: BigInt(startsAt), endsAt: BigInt(startsAt) + 10n };
    return this.sign(this.witnessKey(number), { type: 'rebalance', ...bounds, mapping });
  }

  post(name: string, payload: string, round: number): Bytes {
    return this.sign(stakerKey(name), { type: 'order', round: BigInt(round), payload: textBytes(payload) });
  }
}

/** Blocks that bring a driven peg from genesis to a second round with limits: A staked 100, B 300. */
export function* storyOf(peg: DrivenPeg, history: StakingHistory): Generator<readonly Bytes[], void> {
  const votes = (sequence: number, from: number, to: number) =>
    peg.validators.slice(0, 3).map((_, index) => peg.vote(index + 1, sequence, from, history.contents(from, to)));
  yield [peg.rebalance(1, 1, 100)];
  yield votes(1, 101, 105);
  const { before, events } = history.block(105);
  yield [peg.deliver(2, 105, before, events)];
  yield votes(2, 106, 110);
  yield [peg.rebalance(2, 2, 110, history.balancesAt(110))];
}
