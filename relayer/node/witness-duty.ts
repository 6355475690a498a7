// A validator's witness with its view of Ethereum. A node must not depend on Ethereum: while no endpoint can be reached
// it goes on without a witness and keeps trying; what no other try can change (wrong chain, no contract) is an error at once.

import { isAnswer } from '../ethereum/errors.ts';
import { type OpenEthereum, openEthereum } from '../ethereum/open-ethereum.ts';
import type { Bytes, Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { backoffMs } from '../lib/retry.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { foldEvent } from '../peg/fold.ts';
import { NO_DELAYS } from '../witness/finality-delay.ts';
import { fileLatch } from '../witness/latch.ts';
import type { PegPort } from '../witness/peg-port.ts';
import { silence } from '../witness/silence.ts';
import { type RunningWitness, startWitness } from '../witness/start-witness.ts';
import type { WitnessStatus } from '../witness/status.ts';
import type { NodeConfig } from './config-schema.ts';

export interface WitnessDutyOptions {
  readonly config: Pick<NodeConfig, 'ethereum' | 'witness'>;
  readonly peg: PegPort;
  /** What the peg says it watches. */
  readonly watched: WatchedEthereum;
  readonly privateKey: Bytes;
  readonly consensusAddress: Hex;
  readonly latchFile: string;
}

export interface WatchedEthereum {
  readonly chainId: bigint;
  readonly contract: Hex;
  readonly finalityThreshold: bigint;
}

export interface WitnessDutyContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export interface WitnessDuty {
  /** Silent with `ETHEREUM_UNREACHABLE` while Ethereum has not been reached yet. */
  status(): WitnessStatus;
  /** Undefined until then. */
  ethereum(): OpenEthereum | undefined;
  /** Stops witness and view, in this order. */
  close(): Promise<void>;
}

const RETRY = { baseDelayMs: 1_000, maxDelayMs: 30_000 };

/** Throws what Ethereum answers once and for all (`ETH_WRONG_CHAIN`, `ETH_NO_CONTRACT`, `ETH_BAD_URL`, …). */
export async function startWitnessDuty(options: WitnessDutyOptions, context: WitnessDutyContext): Promise<WitnessDuty> {
  const duty = new Duty(options, context);
  await duty.begin();
  return duty;
}

class Duty implements WitnessDuty {
  readonly #options: WitnessDutyOptions;
  readonly #context: WitnessDutyContext;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  #ethereum: OpenEthereum | undefined;
  #witness: RunningWitness | undefined;
  /** Why there is no view of Ethereum. */
  #obstacle = 'Ethereum was not asked yet';
  #retrying: Promise<void> = Promise.resolve();

  constructor(options: WitnessDutyOptions, context: WitnessDutyContext) {
    this.#options = options;
    this.#context = context;
    this.#signal = context.signal === undefined ? this.#closing.signal : AbortSignal.any([context.signal, this.#closing.signal]);
  }

  status(): WitnessStatus {
    const endpoints = this.#ethereum?.endpoints();
    if (this.#witness !== undefined) return { ...this.#witness.status(), ...(endpoints && { endpoints }) };
    const { privateKey, consensusAddress } = this.#options;
    const reasons = [silence('ETHEREUM_UNREACHABLE', this.#obstacle)];
    return {
      state: 'silent',
      witness: addressOf(privateKey),
      consensusAddress,
      silence: reasons,
      verified: [],
      finality: NO_DELAYS,
      sent: 0,
      refused: {},
    };
  }

  ethereum(): OpenEthereum | undefined {
    return this.#ethereum;
  }

  async begin(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#signal.throwIfAborted();
      if (isAnswer(error)) throw error;
      this.#obstacle = describe(error);
      this.#context.log.warn({ error: this.#obstacle }, 'Ethereum could not be reached; the node goes on without its witness');
      this.#retrying = this.#keepTrying();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the witness was closed'));
    await this.#retrying;
    await this.#witness?.close();
    await this.#ethereum?.close();
  }

  async #open(): Promise<void> {
    const { config, peg, watched, privateKey, consensusAddress, latchFile } = this.#options;
    const { log, clock } = this.#context;
    const { urls, agreement, requestsPerSecond, finalizedStallWarningMs, ...settings } = config.ethereum;
    this.#ethereum = await openEthereum(
      {
        url: urls,
        fold: foldEvent,
        ...settings,
        ...watched,
        ...(agreement !== undefined && { agreement }),
        ...(requestsPerSecond !== undefined && { requestsPerSecond }),
      },
      { log, clock, signal: this.#signal },
    );
    this.#witness = startWitness(
      {
        ethereum: this.#ethereum.view,
        peg,
        privateKey,
        consensusAddress,
        latch: fileLatch(latchFile),
        finality: config.witness.finality,
        standstill: { headMs: settings.stallWarningMs, finalizedMs: finalizedStallWarningMs },
        pollIntervalMs: config.witness.pollIntervalMs,
      },
      { log, clock, signal: this.#signal },
    );
  }

  /** Never rejects: while nobody is there to hear of it, everything is tried again and logged. */
  async #keepTrying(): Promise<void> {
    const { log, clock } = this.#context;
    for (let failures = 1; ; failures++) {
      try {
        await clock.sleep(backoffMs(failures, RETRY), this.#signal);
        await this.#open();
        log.info({}, 'Ethereum was reached; the witness started');
        return;
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#obstacle = describe(error);
        log.warn({ error: this.#obstacle, failures }, 'Ethereum could not be reached');
      }
    }
  }
}
