// Builds the dashboard into dashboard/dist unless what is there was made from the same sources: those of the page, the modules
// of relayer/ that it takes, and the packages in the lock file.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'dashboard');
const STAMP = join(FOLDER, 'dist', '.sources');

/** Paths from the root: everything in the page's folder, and what else went into a build. */
function sourcesOf(modules) {
  const own = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isFile());
  const others = modules.filter((id) => id.startsWith(join(ROOT, 'relayer')));
  return [
    'package-lock.json',
    ...own.map(({ name }) => `dashboard/${name}`),
    ...others.map((id) => relative(ROOT, id)).toSorted(),
  ];
}

function hashesOf(paths) {
  const hash = (path) =>
    createHash('sha256')
      .update(readFileSync(join(ROOT, path)))
      .digest('hex');
  return Object.fromEntries(paths.map((path) => [path, hash(path)]));
}

/** Whether what is built was made from the files as they are now. */
function isFresh() {
  try {
    const built = JSON.parse(readFileSync(STAMP, 'utf8'));
    const modules = Object.keys(built).map((path) => join(ROOT, path));
    return JSON.stringify(hashesOf(sourcesOf(modules))) === JSON.stringify(built);
  } catch {
    return false;
  }
}

/** Gives the folder with the built page. */
export async function buildDashboard() {
  if (!isFresh()) {
    const { build } = await import('vite');
    const { output } = await build({ configFile: join(FOLDER, 'vite.config.ts'), logLevel: 'error' });
    const modules = output.flatMap(({ moduleIds = [] }) => moduleIds);
    writeFileSync(STAMP, JSON.stringify(hashesOf(sourcesOf(modules))));
  }
  return join(FOLDER, 'dist');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildDashboard());
