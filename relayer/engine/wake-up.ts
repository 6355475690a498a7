// Waiting for "something has changed": who waits is woken by the next `ring`, a ring while nobody waits is not lost.

export class WakeUp {
  #rung = false;
  #waiting: (() => void)[] = [];

  ring(): void {
    this.#rung = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves at the next ring, at once when there was one since the last wait; rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const abort = () => reject(signal.reason as Error);
      const wake = () => {
        signal.removeEventListener('abort', abort);
        this.#rung = false;
        resolve();
      };
      if (this.#rung) return wake();
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(wake);
    });
  }
}
