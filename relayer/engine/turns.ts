// One after the other: tasks that must not overlap, in order of asking.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when all tasks before it are done, whatever became of them. */
  take<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#last.then(task);
    this.#last = run.catch(() => {});
    return run;
  }

  /** Resolves when everything asked for so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
