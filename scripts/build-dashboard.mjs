// Builds the dashboard into dashboard/dist unless what is there was made from the same sources.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../dashboard', import.meta.url));
const STAMP = join(FOLDER, 'dist', '.sources');

function sourcesHash() {
  const hash = createHash('sha256');
  for (const entry of readdirSync(FOLDER, { withFileTypes: true })) {
    if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(FOLDER, entry.name)));
  }
  return hash.digest('hex');
}

/** Gives the folder with the built page. */
export async function buildDashboard() {
  const wanted = sourcesHash();
  let found;
  try {
    found = readFileSync(STAMP, 'utf8');
  } catch {
    found = undefined;
  }
  if (found !== wanted) {
    const { build } = await import('vite');
    await build({ configFile: join(FOLDER, 'vite.config.ts'), logLevel: 'error' });
    writeFileSync(STAMP, wanted);
  }
  return join(FOLDER, 'dist');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildDashboard());
