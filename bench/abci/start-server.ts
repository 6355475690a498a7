// Starts one of the servers in a process of its own.

import { fileURLToPath } from 'node:url';
import { Program } from '../../test/helpers/program.ts';
import type { WireName } from './wire.ts';

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url));

/** Resolves when it listens; the address has the port that it took. */
export async function startServer(name: WireName, where: string): Promise<{ server: Program; address: string }> {
  const server = new Program(process.execPath, ['--import', 'tsx', SERVE, name, where], { keepInput: true });
  const [address] = await server.said(/^(unix|tcp):.*$/m);
  return { server, address };
}
