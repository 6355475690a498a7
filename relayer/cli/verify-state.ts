// What `peg verify` does: asks the node for a record with its proof and for the header that commits to it, checks both from
// the trusted block on, has witnesses confirm the header, and says on what the answer rests.

import { formatTime, nanosOf } from '../abci/chain/time.ts';
import { confirmWith } from '../comet/light-client/divergence.ts';
import { LightError } from '../comet/light-client/errors.ts';
import { LightClient, type TrustOptions } from '../comet/light-client/light-client.ts';
import { verifyNativeEd25519 } from '../comet/light-client/native-ed25519.ts';
import { nodeProvider } from '../comet/light-client/provider.ts';
import type { Question, StateAnswer } from '../comet/light-client/state-record.ts';
import type { VerifiedBlock } from '../comet/light-client/verify-block.ts';
import { to0x } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { hasCode } from '../lib/errors.ts';
import type { Terminal } from './command.ts';

export interface VerifyOptions {
  readonly trust: TrustOptions;
  readonly node: string;
  readonly witnesses: readonly string[];
  readonly timeoutMs: number;
}

export interface Verified {
  /** For `--json`. */
  readonly document: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly lines: readonly string[];
}

const DEPS = { clock: systemClock, verifySignature: verifyNativeEd25519 };

/** Throws LightCode and CometCode, with what to do in the message; evidence of two signed blocks goes to standard error. */
export async function verifyState(
  question: Question,
  options: VerifyOptions,
  { signal, err }: Pick<Terminal, 'signal' | 'err'>,
): Promise<Verified> {
  const connection = { timeoutMs: options.timeoutMs, signal };
  try {
    const client = await LightClient.open(nodeProvider(options.node, connection), options.trust, DEPS);
    const { answer, way } = await client.ask(question);
    const block = way.at(-1) as VerifiedBlock;
    const witnesses = options.witnesses.map((url) => nodeProvider(url, connection));
    for (const witness of witnesses) await confirmWith(witness, block, options.trust, options.timeoutMs, { ...DEPS, signal });
    return describeAnswer(answer, way, options);
  } catch (error) {
    if (hasCode(error, 'DIVERGENCE')) err(evidenceJson(error.data));
    throw withAdvice(error);
  }
}

function describeAnswer(answer: StateAnswer, way: readonly VerifiedBlock[], options: VerifyOptions): Verified {
  const { header, hash, power } = way.at(-1) as VerifiedBlock;
  const trusted = way[0] as VerifiedBlock;
  const [time, heights] = [formatTime(header.time), way.map((block) => Number(block.header.height))];
  const ageMs = Math.max(0, Math.round(systemClock.now() - Number(nanosOf(header.time) / 1_000_000n)));
  const state = header.height - 1n;
  return {
    document: {
      ...answerJson(answer),
      height: Number(state),
      header: { height: Number(header.height), hash: to0x(hash), time, appHash: to0x(header.appHash), chainId: header.chainId },
      power: {
        signed: Number(power.signed),
        total: Number(power.total),
        signers: power.signers,
        validators: power.validators,
      },
      trusted: { height: Number(trusted.header.height), hash: to0x(trusted.hash), time: formatTime(trusted.header.time) },
      verifiedHeights: heights,
      witnesses: options.witnesses,
    },
    lines: [
      ...answerLines(answer),
      `state      after block ${state} of ${header.chainId}, proved under app hash ${to0x(header.appHash)}`,
      `header     ${header.height} ${to0x(hash)} of ${time}, ${Math.round(ageMs / 1000)} s ago`,
      `signed     by ${power.signers} of ${power.validators} validators with ${power.signed} of ${power.total} power`,
      `trust      from block ${trusted.header.height} ${to0x(trusted.hash)}, by way of ${heights.join(', ')}`,
      options.witnesses.length === 0
        ? 'witnesses  none asked (--witness-node)'
        : `witnesses  ${options.witnesses.join(', ')}: the same header`,
    ],
  };
}

function answerJson(answer: StateAnswer): Readonly<Record<string, unknown>> {
  switch (answer.kind) {
    case 'balance':
      return {
        kind: 'balance',
        address: answer.address,
        present: answer.balance !== undefined,
        balance: `${answer.balance ?? 0n}`,
      };
    case 'limit': {
      const { orderLimit = 0n, streamLimit = 0n } = answer.limit ?? {};
      const limits = { orderLimit: Number(orderLimit), streamLimit: Number(streamLimit) };
      return { kind: 'limit', address: answer.address, present: answer.limit !== undefined, ...limits };
    }
    case 'round': {
      const { number, startsAt, endsAt, limit } = answer.round;
      return { kind: 'round', number: Number(number), startsAt: Number(startsAt), endsAt: Number(endsAt), limit: Number(limit) };
    }
  }
}

function answerLines(answer: StateAnswer): readonly string[] {
  switch (answer.kind) {
    case 'balance':
      return [`balance    ${answer.balance === undefined ? 'none: proved absent' : answer.balance}  (${answer.address})`];
    case 'limit':
      return [
        answer.limit === undefined
          ? `limit      none in this round: proved absent  (${answer.address})`
          : `limit      ${answer.limit.orderLimit} orders, ${answer.limit.streamLimit} streams a round  (${answer.address})`,
      ];
    case 'round': {
      const { number, startsAt, endsAt, limit } = answer.round;
      return [`round      ${number} (Ethereum blocks ${startsAt + 1n} to ${endsAt}, ${limit} orders)`];
    }
  }
}

/** What to do about it, for the codes where that is not plain. */
const ADVICE: Readonly<Record<string, string>> = {
  TRUST_EXPIRED:
    'take height and hash of a newer block from a source you trust, or a longer --trusting-period if you know its validators still answer for it',
  TRUSTED_HASH_DIFFERS:
    'either the hash was copied wrong, or this node follows another chain or lies: compare with a second source',
  HEADER_FROM_FUTURE: 'set the clock of this machine, or ask another node',
  NOT_ENOUGH_POWER: 'do not believe this node; ask another one',
  SIGNATURE_INVALID: 'do not believe this node; ask another one',
  HASH_MISMATCH: 'do not believe this node; ask another one',
  PROOF_INVALID: 'do not believe this node; ask another one',
  CHAIN_ID_DIFFERS: 'this node follows another chain: check --node',
  TOO_MANY_BLOCKS: 'trust a newer block',
  DIVERGENCE: 'believe neither; keep this output as evidence and tell the operators of the validators named in it',
  WITNESS_FAULTY: 'ask another witness',
  WITNESS_BEHIND: 'try again, or ask another witness',
  HEIGHT_UNAVAILABLE: 'try again in a moment, or ask another node',
};

function withAdvice(error: unknown): unknown {
  const advice = hasCode(error) ? ADVICE[error.code] : undefined;
  if (advice === undefined || !(error instanceof LightError)) return error;
  return new LightError(error.code, `${error.message}. What to do: ${advice}`, error.data, { cause: error.cause });
}

/** Two blocks of one height that validators signed, as one JSON document: what proves the misbehaviour to others. */
function evidenceJson(data: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? to0x(value) : value,
  );
}
