// Reads a genesis file. Everything that the engine or the application would stumble over later is refused here, with the
// field named: CometBFT's own rules for its part, the peg's for `app_state`.
// Source: CometBFT types/genesis.go, types/params.go at v0.38.

import { z } from 'zod';
import type { Hex } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import { parseAppState, writeGenesis } from '../peg/genesis.ts';
import { Overlay } from '../peg/overlay.ts';
import { MAX_TOTAL_POWER } from './chain/validators-hash.ts';
import { consensusAddress } from './consensus-address.ts';
import { AbciError } from './errors.ts';
import type { GenesisDoc } from './genesis-doc.ts';
import { parseGenesisTime } from './genesis-time.ts';

const MAX_BLOCK_BYTES = 104_857_600n;
const INT64_MAX = 2n ** 63n - 1n;

/** An int64 within bounds, written as CometBFT writes it: a decimal string. */
function int64(least: bigint, most = INT64_MAX) {
  const inRange = (text: string) => /^(0|-?[1-9][0-9]{0,18})$/.test(text) && BigInt(text) >= least && BigInt(text) <= most;
  return z.string().refine(inRange, `must be an integer of at least ${least} and at most ${most}, as a decimal string`);
}

const hexText = z.string().regex(/^([0-9a-fA-F]{2})*$/, 'must be hex of whole bytes, without a prefix');

const validatorSchema = z.strictObject({
  address: hexText.optional(),
  pub_key: z.strictObject({ type: z.literal('tendermint/PubKeyEd25519'), value: z.base64() }),
  power: int64(1n),
  name: z.string().default(''),
});

const schema = z.strictObject({
  genesis_time: z.string().refine((text) => parseGenesisTime(text) !== undefined, 'must be a time like 2026-08-01T12:00:00.5Z'),
  chain_id: z.string().min(1).max(50),
  initial_height: int64(1n).default('1'),
  consensus_params: z
    .strictObject({
      block: z.strictObject({ max_bytes: int64(-1n, MAX_BLOCK_BYTES), max_gas: int64(-1n) }),
      evidence: z.strictObject({ max_age_num_blocks: int64(1n), max_age_duration: int64(1n), max_bytes: int64(0n) }),
      validator: z.strictObject({ pub_key_types: z.array(z.string()) }),
      version: z.strictObject({ app: int64(0n).default('0') }).default({ app: '0' }),
      abci: z.strictObject({ vote_extensions_enable_height: int64(0n) }).default({ vote_extensions_enable_height: '0' }),
    })
    .optional(),
  validators: z.array(validatorSchema).min(1),
  app_hash: hexText.default(''),
  app_state: z.unknown(),
});

/**
 * The genesis document in a file's text, defaults filled in and addresses in upper case. Throws GENESIS_INVALID naming the
 * field.
 */
export function parseGenesisDoc(text: string): GenesisDoc {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AbciError('GENESIS_INVALID', `the genesis file is not JSON: ${describe(error)}`);
  }
  const parsed = schema.safeParse(json);
  const issue = parsed.error?.issues[0];
  if (!parsed.success) throw problem(fieldName(issue?.path ?? []), issue?.message ?? 'is invalid');
  const { consensus_params, ...rest } = parsed.data;
  const validators = rest.validators.map(withAddress);
  const total = validators.reduce((sum, { power }) => sum + BigInt(power), 0n);
  if (total > MAX_TOTAL_POWER)
    throw problem('validators', `have a power of ${total} together, at most ${MAX_TOTAL_POWER} is possible`);
  checkParams(consensus_params);
  checkState(rest.app_state, validators);
  return { ...rest, validators, ...(consensus_params && { consensus_params }) };
}

/** The canonical text of a document: two spaces of indentation, a newline at the end. */
export function formatGenesisDoc(doc: GenesisDoc): string {
  return `${JSON.stringify(doc, undefined, 2)}\n`;
}

type Validators = GenesisDoc['validators'];

function withAddress({ address = '', ...validator }: z.infer<typeof validatorSchema>, index: number): Validators[number] {
  const key = Buffer.from(validator.pub_key.value, 'base64');
  if (key.length !== 32) throw problem(`validators[${index}].pub_key.value`, `must be 32 bytes in base64, not ${key.length}`);
  const expected = consensusAddress(key).slice(2).toUpperCase();
  if (address !== '' && address.toUpperCase() !== expected)
    throw problem(`validators[${index}].address`, `is ${address}, but the public key has ${expected}`);
  return { address: expected, ...validator };
}

function checkParams(params: z.infer<typeof schema>['consensus_params']): void {
  if (params === undefined) return;
  const { block, evidence, validator } = params;
  if (block.max_bytes === '0')
    throw problem('consensus_params.block.max_bytes', 'must be positive, or -1 for the limit of the engine');
  const most = block.max_bytes === '-1' ? MAX_BLOCK_BYTES : BigInt(block.max_bytes);
  if (BigInt(evidence.max_bytes) > most)
    throw problem('consensus_params.evidence.max_bytes', `must not be more than a block holds (${most})`);
  if (!validator.pub_key_types.includes('ed25519'))
    throw problem('consensus_params.validator.pub_key_types', 'must contain ed25519');
}

/** The peg's own rules, by doing what InitChain will do; throws GENESIS_INVALID of peg/. */
function checkState(appState: unknown, validators: Validators): void {
  const empty = { get: () => undefined, scan: () => [] };
  const members = validators.map(({ address, pub_key, power }) => ({
    address: `0x${address.toLowerCase()}` as Hex,
    publicKey: Uint8Array.from(Buffer.from(pub_key.value, 'base64')),
    power: BigInt(power),
  }));
  const twice = members.find(({ address }, index) => members.findIndex((other) => other.address === address) !== index);
  if (twice !== undefined) throw problem('validators', `lists ${twice.address} twice`);
  writeGenesis(new Overlay(empty), parseAppState(appState), members);
}

/** `validators[0].power` of `['validators', 0, 'power']`. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('');
}

function problem(field: string, message: string): AbciError {
  return new AbciError(
    'GENESIS_INVALID',
    field === '' ? `the genesis file: ${message}` : `${field} of the genesis file: ${message}`,
    { field },
  );
}
