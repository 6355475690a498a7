// An example market maker: posts orders until its limit of this round is used up, then stops.
//
//   node --import tsx scripts/market-maker.ts --staker 0
//   node --import tsx scripts/market-maker.ts --api http://127.0.0.1:26601 --key-file key.txt --at-once 8
//
// What it shows: the limit is read, not assumed; several orders are on their way at once; "used up" is a normal end; an order
// that missed its round is posted again by the client.

import process from 'node:process';
import { parseArgs } from 'node:util';
import { DEFAULT_API } from '../relayer/cli/flags.ts';
import { readSigner } from '../relayer/cli/signer.ts';
import { createPegClient, isLimitUsedUp, type PegClient } from '../relayer/client/peg-client.ts';
import type { PostSigner } from '../relayer/client/sign-post.ts';

const { values } = parseArgs({
  options: {
    api: { type: 'string', default: DEFAULT_API },
    staker: { type: 'string' },
    'key-file': { type: 'string' },
    'at-once': { type: 'string', default: '4' },
  },
});

const client = createPegClient(values.api);
const keyFlags = {
  ...(values.staker !== undefined && { staker: Number(values.staker) }),
  ...(values['key-file'] !== undefined && { keyFile: values['key-file'] }),
};
const signer = await readSigner(keyFlags, (await client.domain()).chainId);
const address = signer.address.toLowerCase();
const { orderLimit, usage } = await client.limit(address);
const { number: round } = await client.round();
console.log(`${address} may post ${orderLimit - usage.orders} of ${orderLimit} orders in round ${round}`);
const posted = await makeMarket(client, signer, orderLimit - usage.orders, Number(values['at-once']));
console.log(`posted ${posted} orders; stopped, because nothing is left of the limit`);
process.exit();

/** Posts `count` orders, some at once; fewer when the limit is used up before. Gives how many were accepted. */
async function makeMarket(peg: PegClient, poster: PostSigner, count: number, atOnce: number): Promise<number> {
  let next = 0;
  let accepted = 0;
  let usedUp = false;
  const worker = async () => {
    while (next < count && !usedUp) {
      const number = next++;
      try {
        const { height, left } = await peg.post(poster, quote(number));
        accepted++;
        console.log(`order ${number} is in block ${height}, ${left} left`);
      } catch (error) {
        if (!isLimitUsedUp(error)) throw error;
        usedUp = true;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return accepted;
}

/** Two-sided quotes around a price that moves; the network takes any bytes. */
function quote(number: number): Uint8Array {
  const price = 1_000 + Math.round(50 * Math.sin(number / 5));
  const side = number % 2 === 0 ? 'buy' : 'sell';
  return new TextEncoder().encode(JSON.stringify({ number, side, price: side === 'buy' ? price - 1 : price + 1, size: 10 }));
}
