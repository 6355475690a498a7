// Runs something that prints and gives what it printed, so that test reports stay readable.

/** What `action` gave and the lines it printed to standard output and to standard error by way of `console`. */
export async function captureConsole<T>(action: () => Promise<T>): Promise<{ result: T; out: string[]; err: string[] }> {
  const { log, error } = console;
  const out: string[] = [];
  const err: string[] = [];
  console.log = (...words: unknown[]) => void out.push(words.map(String).join(' '));
  console.error = (...words: unknown[]) => void err.push(words.map(String).join(' '));
  try {
    return { result: await action(), out, err };
  } finally {
    console.log = log;
    console.error = error;
  }
}
