// For work that knows no AbortSignal: that of libraries, and reading standard input.

/** What `work` comes to, or the signal's reason when it is aborted first; what comes of the work then is nobody's concern. */
export async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
  });
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
