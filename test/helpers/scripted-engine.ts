// A program that stands in for CometBFT where a test needs an engine that goes wrong in a certain way: it answers JSON-RPC
// where its config.toml says, knows no block, and does in each of its lives what the test wrote down for it.
//   node --import tsx test/helpers/scripted-engine.ts FOLDER start --home HOME

import { appendFileSync, readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'smol-toml';
import { readCometIdentity } from '../../relayer/comet/comet-home.ts';
import { requestFrames } from './abci-client.ts';

const LIVES = 'lives.json';
const BEGUN = 'begun';

/** What a life does: it answers, once it was asked it does the rest. */
export interface EngineLife {
  /** Default: true. Otherwise it does the rest at once. */
  readonly answers?: boolean;
  /** Lines that it logs, as CometBFT writes them. */
  readonly says?: readonly Readonly<Record<string, string>>[];
  /** Calls Commit, which an application without a block asks to be halted for. */
  readonly commits?: boolean;
  /** Ends with this code. Default: when the application has gone. */
  readonly exits?: number;
}

export interface ScriptedEngine {
  /** The path of the program. */
  readonly binary: string;
  /** How many lives have begun. */
  lives(): Promise<number>;
}

/** Writes the program into `folder`; its last life is repeated. */
export async function scriptedEngine(folder: string, lives: readonly EngineLife[]): Promise<ScriptedEngine> {
  const binary = join(folder, 'engine');
  await writeFile(join(folder, LIVES), JSON.stringify(lives));
  await writeFile(join(folder, BEGUN), '');
  const program = fileURLToPath(import.meta.url);
  const command = `exec '${process.execPath}' --import tsx '${program}' '${folder}' "$@"`;
  await writeFile(binary, `#!/bin/sh\nif [ "$1" = version ]; then echo 0.39.4; exit; fi\n${command}\n`);
  await chmod(binary, 0o700);
  return { binary, lives: async () => (await readFile(join(folder, BEGUN), 'utf8')).length };
}

async function live(folder: string, home: string): Promise<void> {
  const lives = JSON.parse(readFileSync(join(folder, LIVES), 'utf8')) as readonly EngineLife[];
  appendFileSync(join(folder, BEGUN), '.');
  const number = readFileSync(join(folder, BEGUN)).length;
  const { answers = true, says = [], commits = false, exits } = lives[Math.min(number, lives.length) - 1] as EngineLife;
  const config = parse(readFileSync(join(home, 'config', 'config.toml'), 'utf8')) as {
    readonly proxy_app: string;
    readonly rpc: { readonly laddr: string };
  };
  if (answers) await answer(new URL(config.rpc.laddr), (await readCometIdentity(home)).nodeId);
  for (const line of says) process.stdout.write(`${JSON.stringify(line)}\n`);
  const socket = connect(config.proxy_app.slice('unix://'.length));
  socket.on('close', () => process.exit(1)).resume();
  if (commits) socket.write(requestFrames({ commit: {} }, { flush: {} }));
  if (exits !== undefined) process.exit(exits);
}

/** Says of everything that there is nothing yet; resolves when it has said so once. */
function answer({ hostname, port }: URL, id: string): Promise<void> {
  const results: Readonly<Record<string, unknown>> = {
    abci_query: { response: { code: 1, codespace: 'query', log: 'the node has no state yet' } },
    status: { node_info: { id }, sync_info: {}, validator_info: {} },
  };
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => response.end(JSON.stringify({ id: 1, result: results[JSON.parse(body).method] }), resolve));
    });
    server.listen(Number(port), hostname);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, , , home] = process.argv.slice(2) as [string, string, string, string];
  await live(folder, home);
}
