// Where a light client gets blocks and records from, and the one that asks a node over JSON-RPC. Nothing that comes from
// here is believed; what is checked here is that it has the expected shape and size.
// Needs no module of Node: it runs in browsers too.

import { hasCode } from '../../lib/errors.ts';
import { bigintOf, fieldsOf } from '../answer-fields.ts';
import { readQuery } from '../answers.ts';
import { CometError } from '../errors.ts';
import { callJsonRpc, type JsonRpcTarget } from '../json-rpc.ts';
import { sendByFetch } from '../send-text.ts';
import { LightError } from './errors.ts';
import { type LightBlock, MOST_VALIDATORS } from './light-block.ts';
import { readSignedBlock, readValidatorPage } from './read-light-block.ts';
import { pathOf, type Question, type ShownRecord } from './state-record.ts';

/** Calls reject with CometCode, HEIGHT_UNAVAILABLE, or the reason of an aborted signal. */
export interface LightProvider {
  /** What messages call it: its address. */
  readonly name: string;
  /** Of the last block it has; 0 before the first. */
  latestHeight(): Promise<bigint>;
  lightBlock(height: bigint): Promise<LightBlock>;
  /** The record in the state after block `height`, with its proof. */
  record(question: Question, height: bigint): Promise<ShownRecord>;
}

export interface NodeProviderOptions {
  /** For one call, in ms; default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A commit of 10,000 validators takes 3 MB. */
const MOST_ANSWER_BYTES = 8_388_608;
const VALIDATORS_PER_PAGE = 100;

/** A provider that asks the node at `url` (http or https). Sends nothing yet. */
export function nodeProvider(url: string, { timeoutMs = 10_000, signal }: NodeProviderOptions = {}): LightProvider {
  const target: JsonRpcTarget = {
    url,
    timeoutMs,
    signal: signal ?? new AbortController().signal,
    send: sendByFetch(MOST_ANSWER_BYTES),
  };
  const validatorsAt = async (height: bigint) => {
    const all = [];
    for (let page = 1; ; page++) {
      const params = { height: `${height}`, page: `${page}`, per_page: `${VALIDATORS_PER_PAGE}` };
      const { total, validators } = readValidatorPage(await atHeight(height, url, callJsonRpc(target, 'validators', params)));
      all.push(...validators);
      if (all.length > MOST_VALIDATORS || validators.length > VALIDATORS_PER_PAGE) throw tooMany(url);
      if (all.length >= total || validators.length === 0) return all;
    }
  };
  return {
    name: url,
    async latestHeight() {
      const status = fieldsOf(await callJsonRpc(target, 'status', {}), 'status');
      return bigintOf(fieldsOf(status.sync_info, 'sync_info'), 'latest_block_height');
    },
    async lightBlock(height) {
      const [signed, validators] = await Promise.all([
        atHeight(height, url, callJsonRpc(target, 'commit', { height: `${height}` })),
        validatorsAt(height),
      ]);
      return { ...readSignedBlock(signed), validators };
    },
    async record(question, height) {
      const params = { path: pathOf(question), data: '', height: `${height}`, prove: true };
      const { code, log, value, proof } = readQuery(await callJsonRpc(target, 'abci_query', params));
      if (code !== 0) throw unavailable(url, `the state after block ${height}: ${log}`);
      return { value, proof };
    },
  };
}

/** A refusal of CometBFT that is about the height: too new, or pruned. */
async function atHeight(height: bigint, url: string, answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (!hasCode(error, 'PEG_RPC_REFUSED')) throw error;
    throw unavailable(url, `block ${height}: ${error.data.rpcData ?? error.data.rpcMessage}`);
  }
}

function unavailable(url: string, what: string): LightError {
  return new LightError('HEIGHT_UNAVAILABLE', `the node at ${url} does not have ${what}`, { url });
}

function tooMany(url: string): CometError {
  return new CometError('PEG_ANSWER_MALFORMED', `the node at ${url} shows more validators than there can be`, { url });
}
