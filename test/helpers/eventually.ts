// Waiting in tests for something that comes when it comes: looked for again and again, with a deadline that only a failure
// reaches.

const DEADLINE_MS = 120_000;
const PAUSE_MS = 50;

/** What `look` gives once it gives something; throws with `what` and the last failure of `look` when the deadline passes. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { deadlineMs = DEADLINE_MS, pauseMs = PAUSE_MS } = {},
): Promise<T> {
  const until = Date.now() + deadlineMs;
  let failure: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > until) throw new Error(`waited in vain: ${what}`, { cause: failure });
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
