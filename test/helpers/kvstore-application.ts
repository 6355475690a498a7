// A key-value store as an application, for tests of the engine: `key=value` sets, `val:<public key>!<power>` changes the
// validators, `params:<max bytes>` the parameters. State lives in a `KvDisk`, which outlives the application as a disk
// outlives a process: only Commit writes to it.

import { createHash } from 'node:crypto';
import {
  type Event,
  type RequestFinalizeBlock,
  type RequestInitChain,
  type RequestPrepareProposal,
  type RequestProcessProposal,
  type RequestQuery,
  ResponseApplySnapshotChunk,
  ResponseCheckTx,
  ResponseCommit,
  ResponseExtendVote,
  ResponseFinalizeBlock,
  ResponseInfo,
  ResponseInitChain,
  ResponseListSnapshots,
  ResponseLoadSnapshotChunk,
  ResponseOfferSnapshot,
  ResponsePrepareProposal,
  ResponseProcessProposal,
  ResponseQuery,
  ResponseVerifyVoteExtension,
  ResponseProcessProposal_ProposalStatus as Verdict,
} from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../../relayer/abci/application.ts';

export interface KvDisk {
  height: bigint;
  entries: Map<string, string>;
}

export interface KvOptions {
  readonly disk?: KvDisk;
  /** Changes answers, for tests of what goes wrong. */
  readonly overrides?: Partial<Application>;
  /** Mixed into the app hash, so that two applications disagree. */
  readonly salt?: string;
  readonly retainHeight?: (height: bigint) => bigint;
}

export const newDisk = (): KvDisk => ({ height: 0n, entries: new Map() });

const VALIDATOR = /^val:([0-9a-f]{64})!(\d+)$/;
const PARAMS = /^params:(\d+)$/;
const TEXT = /^[^=]+=[^=]*$/;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

export class KvStoreApplication implements Application {
  readonly disk: KvDisk;
  readonly requests: RequestFinalizeBlock[] = [];
  genesis: RequestInitChain | undefined;
  readonly #salt: string;
  readonly #retainHeight: (height: bigint) => bigint;
  #staged: KvDisk | undefined;

  constructor({ disk = newDisk(), overrides = {}, salt = '', retainHeight = () => 0n }: KvOptions = {}) {
    this.disk = disk;
    this.#salt = salt;
    this.#retainHeight = retainHeight;
    Object.assign(this, overrides);
  }

  appHash({ entries }: KvDisk = this.disk): Uint8Array {
    const hash = createHash('sha256').update(this.#salt);
    for (const [key, value] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${key}=${value};`);
    return Uint8Array.from(hash.digest());
  }

  async info() {
    const { height } = this.disk;
    return ResponseInfo.fromPartial({
      data: 'kv',
      version: 'test',
      appVersion: 1n,
      lastBlockHeight: height,
      lastBlockAppHash: height === 0n ? new Uint8Array() : this.appHash(),
    });
  }

  async initChain(request: RequestInitChain) {
    this.genesis = request;
    return ResponseInitChain.fromPartial({ appHash: this.appHash() });
  }

  async query({ path, data }: RequestQuery) {
    if (path !== '' && path !== '/key')
      return ResponseQuery.fromPartial({ code: 4, codespace: 'kv', log: `unknown path ${path}` });
    const value = this.disk.entries.get(text(data));
    return ResponseQuery.fromPartial({
      key: data,
      value: Buffer.from(value ?? ''),
      height: this.disk.height,
      log: value === undefined ? 'does not exist' : 'exists',
    });
  }

  async checkTx({ tx }: { tx: Uint8Array }) {
    return ResponseCheckTx.fromPartial(
      isKnown(text(tx)) ? { code: 0, gasWanted: 1n } : { code: 2, codespace: 'kv', log: 'malformed' },
    );
  }

  async prepareProposal({ txs, maxTxBytes }: RequestPrepareProposal) {
    const chosen: Uint8Array[] = [];
    let size = 0;
    for (const tx of txs) {
      size += tx.length + 6;
      if (size <= maxTxBytes) chosen.push(tx);
    }
    return ResponsePrepareProposal.fromPartial({ txs: chosen });
  }

  async processProposal({ txs }: RequestProcessProposal) {
    return ResponseProcessProposal.fromPartial({
      status: txs.every((tx) => isKnown(text(tx))) ? Verdict.ACCEPT : Verdict.REJECT,
    });
  }

  async finalizeBlock(request: RequestFinalizeBlock) {
    this.requests.push(request);
    const staged: KvDisk = { height: request.height, entries: new Map(this.disk.entries) };
    const answer = ResponseFinalizeBlock.fromPartial({});
    for (const tx of request.txs) {
      const line = text(tx);
      const [, publicKey, power] = VALIDATOR.exec(line) ?? [];
      const [, maxBytes] = PARAMS.exec(line) ?? [];
      if (publicKey !== undefined)
        answer.validatorUpdates.push({ pubKey: { ed25519: Buffer.from(publicKey, 'hex') }, power: BigInt(power ?? 0) });
      else if (maxBytes !== undefined) answer.consensusParamUpdates = { block: { maxBytes: BigInt(maxBytes), maxGas: -1n } };
      const [key = '', value = ''] = line.split('=');
      if (TEXT.test(line)) staged.entries.set(key, value);
      answer.txResults.push({
        code: isKnown(line) ? 0 : 2,
        data: Buffer.from(value),
        log: '',
        info: '',
        gasWanted: 1n,
        gasUsed: 1n,
        events: [event('app', { key, value }), event('app', { key: 'second', length: String(line.length) })],
        codespace: '',
      });
    }
    if (request.txs.length > 0) answer.events.push(event('block', { txs: String(request.txs.length) }));
    for (const { validator } of request.misbehavior)
      staged.entries.set(`accused/${Buffer.from(validator.address).toString('hex')}`, '1');
    this.#staged = staged;
    answer.appHash = this.appHash(staged);
    return answer;
  }

  async commit() {
    if (this.#staged === undefined) throw new Error('Commit without FinalizeBlock');
    Object.assign(this.disk, this.#staged);
    this.#staged = undefined;
    return ResponseCommit.fromPartial({ retainHeight: this.#retainHeight(this.disk.height) });
  }

  extendVote = async () => ResponseExtendVote.fromPartial({});
  verifyVoteExtension = async () => ResponseVerifyVoteExtension.fromPartial({});
  listSnapshots = async () => ResponseListSnapshots.fromPartial({});
  offerSnapshot = async () => ResponseOfferSnapshot.fromPartial({});
  loadSnapshotChunk = async () => ResponseLoadSnapshotChunk.fromPartial({});
  applySnapshotChunk = async () => ResponseApplySnapshotChunk.fromPartial({});
}

function isKnown(line: string): boolean {
  return VALIDATOR.test(line) || PARAMS.test(line) || TEXT.test(line);
}

function event(type: string, attributes: Record<string, string>): Event {
  return { type, attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: true })) };
}
