// Builds things in order, undoes them in reverse order, also when building stops half way.

/** A stack of things to close. `close()` runs every closer, last added first, and throws the first error at the end. */
export class Lifecycle {
  #closers: { readonly name: string; readonly close: () => void | Promise<void> }[] = [];
  #closing: Promise<void> | undefined;

  /** Registers how `name` is closed; returns nothing, so that the caller's line stays about what it builds. */
  onClose(name: string, close: () => void | Promise<void>): void {
    this.#closers.push({ name, close });
  }

  /** Idempotent: a second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    let first: unknown;
    for (const { name, close } of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        first ??= new Error(`closing ${name} failed`, { cause: error });
      }
    }
    this.#closers = [];
    if (first !== undefined) throw first;
  }
}
