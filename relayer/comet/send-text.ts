// How the JSON of a call gets to a node. Here: by `fetch`, which browsers have as well.

/** Posts JSON; rejects when there is no connection until the end of the answer, or the signal is aborted. */
export type SendText = (
  url: string,
  body: string,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly text: string }>;

/** Sends by `fetch`; answers of more than `maxAnswerBytes` are given up while they arrive. */
export function sendByFetch(maxAnswerBytes: number): SendText {
  return async (url, body, signal) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal });
    return { status: response.status, text: await readText(response, maxAnswerBytes) };
  };
}

async function readText({ body }: Response, most: number): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  // Browsers do not all iterate over a body: hence a reader.
  const reader = body.getReader();
  let [text, size] = ['', 0];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.length;
      if (size > most) throw new Error(`its answer is longer than ${most} bytes`);
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    // Ends a connection that goes on sending; of one that broke, the reason is known already.
    await reader.cancel().catch(() => {});
  }
}
