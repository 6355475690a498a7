// Query paths of the application (protocol, section 10). Values are UTF-8 JSON; a path that names one record of the state also
// gives the record's key, so that the application can prove it.

import { type Bytes, fromHex, type Hex, textBytes, to0x } from '../lib/bytes.ts';
import { CODES, type CodeName } from './codes.ts';
import { suffixStartOf } from './deliveries.ts';
import { contestsView, motionsView } from './motion-views.ts';
import { balancesPage, limitsPage, type PageRequest, parsePage } from './query-pages.ts';
import { DOMAIN_NAME, DOMAIN_VERSION } from './signing.ts';
import { balanceTable, finalTable, limitTable, roundCell } from './tables.ts';
import type { Domain, StateReader } from './types.ts';
import {
  ethereumView,
  eventsView,
  type Json,
  limitView,
  paramsView,
  postsView,
  roundView,
  stateView,
  usageView,
  validatorsView,
  votesView,
} from './views.ts';

export interface QueryRequest {
  readonly path: string;
  readonly data: Bytes;
}

/** What an answer needs besides the state. */
export interface QueryChain {
  readonly lastBlockHeight: bigint;
  readonly lastBlockAppHash: Hex;
  readonly domain: Domain;
}

export interface QueryAnswer {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  /** Key of the record that the path names, present also when the state has no such record. */
  readonly key?: Bytes;
  readonly value: Bytes;
}

type Handler = (state: StateReader, argument: string, chain: QueryChain) => QueryAnswer;

const PLAIN: Readonly<Record<string, (state: StateReader, chain: QueryChain) => Json>> = {
  state: stateView,
  events: eventsView,
  votes: votesView,
  validators: validatorsView,
  motions: motionsView,
  contests: contestsView,
  params: paramsView,
  posts: postsView,
  ethereum: ethereumView,
  domain: (_, { domain }) => ({
    name: DOMAIN_NAME,
    version: DOMAIN_VERSION,
    chainId: Number(domain.chainId),
    verifyingContract: domain.verifyingContract,
    salt: domain.salt,
  }),
};

/** Lists of which a page is asked for. */
const PAGED: Readonly<Record<string, (state: StateReader, page: PageRequest) => Json>> = {
  balances: balancesPage,
  limits: limitsPage,
};

const WITH_ARGUMENT: Readonly<Record<string, Handler>> = {
  balance: ofAddress((state, address) => {
    const balance = balanceTable.get(state, address) ?? 0n;
    return answer({ address, balance: balance.toString() }, balanceTable.key(address));
  }),
  limit: ofAddress((state, address) => {
    const limit = limitTable.get(state, address) ?? { orderLimit: 0n, streamLimit: 0n };
    return answer({ address, ...limitView(limit), usage: usageView(state, address) }, limitTable.key(address));
  }),
  events: (state, argument) => {
    const [text = '', ...rest] = argument.split('/');
    const [height, accumulator] = [parseHeight(text), fromHex(rest.join('/'), 32)];
    if (height === undefined || accumulator === undefined)
      return refusal(
        'QUERY_ARGUMENT',
        `"${argument.slice(0, 100)}" is not <height>/<accumulator>: an Ethereum height, then 0x and 64 hex digits`,
      );
    const before = suffixStartOf(state, height, to0x(accumulator));
    return answer({ from: before === undefined ? null : Number(before.nonce + 1n) });
  },
  final: (state, argument) => {
    const height = parseHeight(argument);
    if (height === undefined) return refusal('QUERY_ARGUMENT', `"${argument.slice(0, 80)}" is not an Ethereum height`);
    const hash = finalTable.get(state, height);
    if (hash === undefined) return refusal('QUERY_NOT_FOUND', `the peg keeps no final hash of Ethereum block ${height}`);
    return answer({ height: Number(height), hash }, finalTable.key(height));
  },
};

/** Answers one query on a committed state; never throws, whatever the path. */
export function answerQuery(state: StateReader, request: QueryRequest, chain: QueryChain): QueryAnswer {
  const [list = '', ...asked] = request.path.slice(1).split('?');
  if (request.path.startsWith('/') && Object.hasOwn(PAGED, list))
    return pageOf(state, PAGED[list] as (typeof PAGED)[string], asked.join('?'));
  const [, name = '', ...words] = request.path.split('/');
  const argument = words.length === 0 ? undefined : words.join('/');
  if (request.path.startsWith('/')) {
    if (name === 'round' && argument === undefined) return answer(roundView(roundCell.read(state)), roundCell.key);
    if (argument === undefined && Object.hasOwn(PLAIN, name))
      return answer((PLAIN[name] as (typeof PLAIN)[string])(state, chain));
    if (argument !== undefined && Object.hasOwn(WITH_ARGUMENT, name))
      return (WITH_ARGUMENT[name] as Handler)(state, argument, chain);
  }
  const known = [
    '/round',
    ...Object.keys(PLAIN).map((path) => `/${path}`),
    '/balance/<addr>',
    '/limit/<addr>',
    '/final/<height>',
    '/events/<height>/<accumulator>',
    ...Object.keys(PAGED).map((list) => `/${list}?after=<addr>&limit=<n>`),
  ];
  return refusal('QUERY_PATH', `unknown path "${request.path.slice(0, 80)}" (known: ${known.join(' ')})`);
}

function pageOf(state: StateReader, view: (state: StateReader, page: PageRequest) => Json, text: string): QueryAnswer {
  const page = parsePage(text);
  if (page === undefined)
    return refusal('QUERY_ARGUMENT', `"${text.slice(0, 80)}" is not after=<address>&limit=<1 to 1000>, or one of them`);
  return answer(view(state, page));
}

function parseHeight(text: string): bigint | undefined {
  return /^(0|[1-9][0-9]{0,15})$/.test(text) ? BigInt(text) : undefined;
}

function ofAddress(handle: (state: StateReader, address: Hex) => QueryAnswer): Handler {
  return (state, argument) => {
    const bytes = argument.startsWith('0x') ? fromHex(argument, 20) : undefined;
    if (bytes === undefined)
      return refusal('QUERY_ARGUMENT', `"${argument.slice(0, 80)}" is not an address: 0x and 40 hex digits`);
    return handle(state, to0x(bytes));
  };
}

function answer(value: Json, key?: Bytes): QueryAnswer {
  return { code: 0, codespace: '', log: '', value: textBytes(JSON.stringify(value)), ...(key !== undefined && { key }) };
}

function refusal(name: CodeName, log: string): QueryAnswer {
  const { code, codespace } = CODES[name];
  return { code, codespace, log, value: new Uint8Array(0) };
}
