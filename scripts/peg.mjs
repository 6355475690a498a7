#!/usr/bin/env node
// The `peg` command. Runs the CLI in this process when this Node is new enough, otherwise under the project's own.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MAIN = join(ROOT, 'relayer', 'cli', 'main.ts');
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 13)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(MAIN);
} else {
  const child = spawn(
    join(ROOT, 'node_modules', 'node', 'bin', 'node'),
    [fileURLToPath(import.meta.url), ...process.argv.slice(2)],
    {
      stdio: 'inherit',
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGINT' || child.kill(signal));
  child.on('error', () => {
    process.stderr.write('peg: run npm start or npm test once; they install what this command needs\n');
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
}
