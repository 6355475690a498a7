// Transactions on their way between the mempools. A node keeps what its own application accepts and passes it on; each
// other node asks its own application. Deliveries to one node stay in order, and no sender waits for them.

import type { ResponseCheckTx } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes } from '../lib/bytes.ts';
import { hasCode } from '../lib/errors.ts';
import { MempoolRefusal } from './replica/mempool.ts';
import type { Replica } from './replica/replica.ts';
import { Turns } from './turns.ts';

export class Gossip {
  readonly #replicas: readonly Replica[];
  readonly #onAccepted: () => void;
  readonly #deliveries = new Map<Replica, Turns>();

  constructor(replicas: readonly Replica[], onAccepted: () => void) {
    this.#replicas = replicas;
    this.#onAccepted = onAccepted;
    for (const replica of replicas) this.#deliveries.set(replica, new Turns());
  }

  /** CheckTx on one node, then on the others if it accepts. Throws MempoolRefusal, ENGINE_NODE_DOWN, ENGINE_APPLICATION_FAILED. */
  async submit(replica: Replica, tx: Bytes): Promise<ResponseCheckTx> {
    const response = await replica.running.mempool.add(tx);
    if (response.code === 0) {
      this.#onAccepted();
      for (const other of this.#replicas) if (other !== replica) this.#deliver(other, tx);
    }
    return response;
  }

  /** Gives a node that has come up what the mempools of the others hold. */
  welcome(newcomer: Replica): void {
    const peer = this.#replicas.find((other) => other !== newcomer && other.isRunning && other.running.mempool.size > 0);
    for (const tx of peer?.running.mempool.reap(-1n, -1n) ?? []) this.#deliver(newcomer, tx);
  }

  /** Resolves when every delivery under way has arrived. */
  async idle(): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((turns) => turns.idle()));
  }

  #deliver(replica: Replica, tx: Bytes): void {
    const delivery = this.#deliveries.get(replica)?.take(async () => {
      if (replica.isRunning) await replica.running.mempool.add(tx);
    });
    // Refused by the mempool, or the node went down on it: either way nobody waits for an answer.
    delivery?.catch((error: unknown) => {
      if (!(error instanceof MempoolRefusal) && !hasCode(error)) throw error;
    });
  }
}
