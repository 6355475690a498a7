// What the witness knows of the peg: a few narrow queries, read in an order that makes a commit between two of them
// harmless (the order is explained at `readPegView`), parsed into the domain's types.

import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { BlockContent, Commitment, ConsensusParams, Domain, Round } from '../peg/types.ts';
import type { PegPort } from './peg-port.ts';

/** The first page, as large as pages are. */
const BALANCES = '/balances?limit=1000';

/** `PEG_VIEW_MALFORMED`: an answer of the peg lacks a field or holds something else there. */
export class PegViewError extends CodedError<'PEG_VIEW_MALFORMED'> {}

/** The part of the state that finality moves. */
export interface PegEthereum extends Commitment {
  /** Last final block; undefined until round 1 is adopted. */
  readonly matureEthBlock: bigint | undefined;
  readonly matureBlockHash: Hex;
  /** S. */
  readonly startBlock: bigint;
  readonly breach: { readonly height: bigint; readonly reason: string } | undefined;
}

export interface PegValidator {
  /** Consensus address. */
  readonly address: Hex;
  readonly witness: Hex;
  readonly power: bigint;
  readonly sequence: bigint;
  /** Last block voted for; undefined before anything can be voted for. */
  readonly witnessedTo: bigint | undefined;
}

/** A content that votes name for some height. */
export interface PegContent {
  readonly content: BlockContent;
  /** Consensus addresses. */
  readonly voters: readonly Hex[];
  /** Events behind it are still to be delivered. */
  readonly missing: boolean;
}

export interface PegView {
  readonly ethereum: PegEthereum;
  readonly round: Round;
  readonly params: ConsensusParams;
  /** The current ones, in order of address. */
  readonly validators: readonly PegValidator[];
  readonly votes: ReadonlyMap<bigint, readonly PegContent[]>;
}

/** The block from which on the peg wants votes: what is final, or S while nothing is. */
export function matureBlock(peg: PegView): bigint {
  return peg.ethereum.matureEthBlock ?? peg.ethereum.startBlock;
}

/**
 * Reads the view in four or five queries. A commit may fall between them, hence the order: the set first, so that every
 * vote up to the `witnessedTo` read is in the votes read after it unless its block became final; `/ethereum` last, so that
 * what became final is known and passed over. What is stale all the same is refused by the peg and read anew.
 *
 * @param known parameters of an earlier view; read again when the round has changed since, and while the next one is due,
 *   since that takes the parameters of the moment
 */
export async function readPegView(port: PegPort, known: PegView | undefined, signal?: AbortSignal): Promise<PegView> {
  const validators = parseValidators(await port.query('/validators', signal));
  const votes = parseVotes(await port.query('/votes', signal));
  const round = parseRound(await port.query('/round', signal));
  const stands = known?.round.number === round.number && (known.ethereum.matureEthBlock ?? round.endsAt) !== round.endsAt;
  const params = stands ? known.params : parseParams(await port.query('/params', signal));
  const ethereum = parseEthereum(await port.query('/ethereum', signal));
  return { ethereum, round, params, validators, votes };
}

/** The domain that this network's signatures are made for. */
export async function readDomain(port: PegPort, signal?: AbortSignal): Promise<Domain> {
  const value = object(await port.query('/domain', signal), '/domain');
  return {
    chainId: integer(value, 'chainId'),
    verifyingContract: hexText(value, 'verifyingContract'),
    salt: hexText(value, 'salt'),
  };
}

/** Confirmed balances, in order of staker. They stand still while a rebalance is due, so pages of different moments agree. */
export async function readBalances(port: PegPort, signal?: AbortSignal): Promise<readonly (readonly [Hex, bigint])[]> {
  const all: (readonly [Hex, bigint])[] = [];
  for (let path = BALANCES; ; ) {
    const page = object(await port.query(path, signal), BALANCES);
    const balances = object(page.balances, 'balances');
    for (const staker of Object.keys(balances)) all.push([staker.toLowerCase() as Hex, integer(balances, staker)]);
    if (page.next === null) return all.sort(([a], [b]) => (a < b ? -1 : 1));
    path = `/balances?after=${hexText(page, 'next')}&limit=1000`;
  }
}

/** Nonce from which on the events that fold to `accumulator` are on record; undefined when none of them is. */
export async function readRecordedFrom(
  port: PegPort,
  height: bigint,
  accumulator: Hex,
  signal?: AbortSignal,
): Promise<bigint | undefined> {
  const path = `/events/${height}/${accumulator}`;
  return optionalInteger(object(await port.query(path, signal), path), 'from');
}

function parseEthereum(json: unknown): PegEthereum {
  const value = object(json, '/ethereum');
  const breach = value.breach === null || value.breach === undefined ? undefined : object(value.breach, 'breach');
  return {
    nonce: integer(value, 'nonce'),
    accumulator: hexText(value, 'accumulator'),
    matureEthBlock: optionalInteger(value, 'matureEthBlock'),
    matureBlockHash: hexText(value, 'matureBlockHash'),
    startBlock: integer(value, 'startBlock'),
    breach: breach && { height: integer(breach, 'height'), reason: String(breach.reason) },
  };
}

function parseRound(json: unknown): Round {
  const value = object(json, '/round');
  return {
    number: integer(value, 'number'),
    startsAt: integer(value, 'startsAt'),
    endsAt: integer(value, 'endsAt'),
    limit: integer(value, 'limit'),
  };
}

function parseParams(json: unknown): ConsensusParams {
  const value = object(json, '/params');
  return {
    finalityThreshold: integer(value, 'finalityThreshold'),
    periodLength: integer(value, 'periodLength'),
    periodLimit: integer(value, 'periodLimit'),
    maxOrderBytes: integer(value, 'maxOrderBytes'),
  };
}

function parseValidators(json: unknown): readonly PegValidator[] {
  const all = object(json, '/validators');
  return Object.keys(all)
    .filter((address) => object(all[address], `validator ${address}`).active === true)
    .map((address): PegValidator => {
      const value = object(all[address], `validator ${address}`);
      return {
        address: address.toLowerCase() as Hex,
        witness: hexText(value, 'witness'),
        power: integer(value, 'power'),
        sequence: integer(value, 'sequence'),
        witnessedTo: optionalInteger(value, 'witnessedTo'),
      };
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

function parseVotes(json: unknown): ReadonlyMap<bigint, readonly PegContent[]> {
  const all = object(json, '/votes');
  const votes = new Map<bigint, readonly PegContent[]>();
  for (const height of Object.keys(all)) votes.set(BigInt(height), list(all[height], `votes of ${height}`).map(parseContent));
  return votes;
}

function parseContent(json: unknown): PegContent {
  const value = object(json, 'content');
  const nonce = optionalInteger(value, 'nonce');
  const content: BlockContent =
    nonce === undefined || nonce === 0n
      ? { hash: hexText(value, 'hash') }
      : { hash: hexText(value, 'hash'), after: { nonce, accumulator: hexText(value, 'accumulator') } };
  const voters = list(value.voters, 'voters').map((voter) => String(voter).toLowerCase() as Hex);
  return { content, voters, missing: value.missing === true };
}

type Fields = Readonly<Record<string, unknown>>;

function object(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(name, 'an object', value);
  return value as Fields;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(name, 'a list', value);
  return value;
}

/**
 * From 2^53 on a JSON number is only the nearest double. Powers may be that large, and a single validator may name such a nonce in
 * its vote: no rule depends on what is read of either here, and neither may make the rest of the answer unreadable.
 */
function integer(fields: Fields, name: string): bigint {
  const value = fields[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^[0-9]+$/.test(value)) return BigInt(value);
  throw malformed(name, 'an integer', value);
}

function optionalInteger(fields: Fields, name: string): bigint | undefined {
  return fields[name] === null || fields[name] === undefined ? undefined : integer(fields, name);
}

function hexText(fields: Fields, name: string): Hex {
  const value = fields[name];
  if (typeof value !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(value)) throw malformed(name, 'hex', value);
  return value.toLowerCase() as Hex;
}

function malformed(name: string, expected: string, value: unknown): PegViewError {
  return new PegViewError('PEG_VIEW_MALFORMED', `the peg answered something else than ${expected} for ${name}`, {
    name,
    value: typeof value === 'object' ? 'object' : String(value).slice(0, 80),
  });
}
