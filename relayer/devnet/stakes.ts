// The script of a devnet: which stakers stake and remove how much, in which order and in which blocks. Pure: a text goes in,
// a checked script or an error that names the entry comes out, before anything is sent.

import { CodedError } from '../lib/errors.ts';

/**
 * `STAKES_SYNTAX`: the file is not JSON of the expected shape. `STAKES_OVERDRAWN`: a removal takes more than the staker has.
 */
export type StakesErrorCode = 'STAKES_SYNTAX' | 'STAKES_OVERDRAWN';

/** One scripted transaction. Entries with equal `block` share an Ethereum block. */
export interface ScriptedStake {
  /** Index of the staker, from 0. */
  readonly staker: number;
  readonly action: 'stake' | 'remove';
  /** Base units. */
  readonly amount: bigint;
  /** Ordinal of the block, from 0, counted from the start of the script. */
  readonly block: number;
}

/** The three stakes that a devnet shows without a script. */
export const DEFAULT_STAKES: readonly ScriptedStake[] = [451736n, 1203n, 624519n].map((amount, index) => ({
  staker: index,
  action: 'stake',
  amount,
  block: index,
}));

const MAX_STAKERS = 1000;
const MAX_AMOUNT = 2n ** 128n;
const KEYS = ['staker', 'action', 'amount', 'block'];

/** The script in `text` (`file` is named in errors); amounts are decimal strings, an entry without `block` takes the next one. */
export function parseStakes(text: string, file: string): readonly ScriptedStake[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CodedError<StakesErrorCode>('STAKES_SYNTAX', `${file} is not JSON: ${(error as Error).message}`, { file });
  }
  if (!Array.isArray(json) || json.length === 0) {
    throw new CodedError<StakesErrorCode>('STAKES_SYNTAX', `${file} must hold a list of at least one entry`, { file });
  }
  const script: ScriptedStake[] = [];
  let block = -1;
  for (const [index, entry] of json.entries()) {
    const stake = parseEntry(entry, block, `${file}, entry ${index + 1}`);
    block = stake.block;
    script.push(stake);
  }
  refuseOverdrawn(script, file);
  return script;
}

function parseEntry(entry: unknown, lastBlock: number, where: string): ScriptedStake {
  const wrong = (what: string) => new CodedError<StakesErrorCode>('STAKES_SYNTAX', `${where}: ${what}`, { where });
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw wrong('expected an object');
  const { staker, action, amount, block = lastBlock + 1 } = entry as Record<string, unknown>;
  const unknown = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(`unknown key "${unknown}" (known: ${KEYS.join(', ')})`);
  if (!isIndex(staker) || staker >= MAX_STAKERS) throw wrong(`"staker" must be an integer from 0 to ${MAX_STAKERS - 1}`);
  if (action !== 'stake' && action !== 'remove') throw wrong('"action" must be "stake" or "remove"');
  if (typeof amount !== 'string' || !/^[1-9][0-9]{0,38}$/.test(amount) || BigInt(amount) > MAX_AMOUNT) {
    throw wrong('"amount" must be a decimal string of base units, at least "1" and at most 2^128');
  }
  if (!isIndex(block) || block < Math.max(lastBlock, 0))
    throw wrong(`"block" must be an integer that does not go back (last: ${lastBlock})`);
  return { staker, action, amount: BigInt(amount), block };
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function refuseOverdrawn(script: readonly ScriptedStake[], file: string): void {
  const staked = new Map<number, bigint>();
  for (const [index, { staker, action, amount }] of script.entries()) {
    const before = staked.get(staker) ?? 0n;
    if (action === 'remove' && amount > before) {
      throw new CodedError<StakesErrorCode>(
        'STAKES_OVERDRAWN',
        `${file}, entry ${index + 1}: staker ${staker} has ${before} staked and cannot remove ${amount}`,
        { file, staker },
      );
    }
    staked.set(staker, action === 'stake' ? before + amount : before - amount);
  }
}

/** Whether two entries share a block, so that mining must be held. */
export function needsHeldMining(script: readonly ScriptedStake[]): boolean {
  return script.some((stake, index) => index > 0 && stake.block === script[index - 1]?.block);
}
