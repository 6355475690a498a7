// Hardhat's chain as a process of its own, so that who reads it does not share a thread with it:
//   node --import tsx test/helpers/hardhat-chain-process.ts
// It prints its address and ends with its standard input.

import { fileURLToPath } from 'node:url';
import { request } from './anvil.ts';
import { type HardhatChain, startHardhatChain } from './hardhat-chain.ts';
import { Program } from './program.ts';

const FILE = fileURLToPath(import.meta.url);

/** Starts the process. Its chain mines each transaction at once. */
export async function startHardhatProcess(): Promise<HardhatChain & { readonly pid: number }> {
  const program = new Program(process.execPath, ['--import', import.meta.resolve('tsx'), FILE], { keepInput: true });
  try {
    const [, url = ''] = await program.said(/^listening on (\S+)$/m);
    return { url, pid: program.pid, rpc: (method, ...params) => request(url, method, params), close: () => program.close() };
  } catch (error) {
    await program.close();
    throw error;
  }
}

if (process.argv[1] === FILE) {
  const { url } = await startHardhatChain();
  console.log(`listening on ${url}`);
  process.stdin.on('end', () => process.exit()).resume();
}
