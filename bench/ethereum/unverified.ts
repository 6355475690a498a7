// The headers and logs that a witness reads, taken as the endpoint gives them and looked at by nobody: the limit of any reader.

/** Blocks from..to of the chain at `url`. */
export interface UnverifiedRange {
  readonly url: string;
  readonly contract: `0x${string}`;
  readonly from: bigint;
  readonly to: bigint;
}

/** As the header reader does it. */
const [BATCH, AHEAD] = [64, 3];

export async function readUnverified({ url, contract, from, to }: UnverifiedRange): Promise<{ blocks: number; events: number }> {
  const post = async (body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    return (await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as { result: unknown[] };
  };
  const quantity = (number: bigint) => `0x${number.toString(16)}`;
  const call = (method: string, ...params: unknown[]) => ({ jsonrpc: '2.0', id: 1, method, params });
  let next = from;
  let blocks = 0;
  const work = async () => {
    while (next <= to) {
      const length = Math.min(BATCH, Number(to - next) + 1);
      const numbers = Array.from({ length }, (_, i) => next + BigInt(i));
      next += BigInt(length);
      await post(numbers.map((number) => call('eth_getBlockByNumber', quantity(number), false)));
      blocks += length;
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, work));
  const filter = { address: contract, fromBlock: quantity(from), toBlock: quantity(to) };
  return { blocks, events: (await post(call('eth_getLogs', filter))).result.length };
}
