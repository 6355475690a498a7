// Makes package-lock.json complete for every platform, or with --check says what is missing.
//
// A registry mirror may not serve packages for other platforms; npm then leaves them out of the lock file, and with such a
// lock `npm ci` refuses to run or leaves other machines without their native parts. Each missing optional platform package
// gets an entry with what its name says: version, os, cpu and libc.

import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = {
  amd64: 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/** Whether `name` resolves from the package at `from` as Node would look it up. */
function resolves(packages, from, name) {
  for (let folder = from; ; ) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
    const at = folder.lastIndexOf('node_modules/');
    folder = at <= 0 ? '' : folder.slice(0, at - 1);
  }
}

/** The lock entry of a platform package, or undefined when its name names no platform. */
function platformEntry(name, version, parent) {
  const words = name.split(/[/-]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.map((word) => PROCESSORS[word]).find((word) => word !== undefined);
  if (!os || !cpu) return undefined;
  const libc = name.includes('musl') ? ['musl'] : name.includes('gnu') ? ['glibc'] : undefined;
  return { version, cpu: [cpu], ...(parent.dev ? { dev: true } : {}), ...(libc ? { libc } : {}), optional: true, os: [os] };
}

const text = readFileSync(FILE, 'utf8');
const lock = JSON.parse(text);
const missing = [];
for (const [from, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (/^\d/.test(version) && !resolves(lock.packages, from, name)) missing.push([name, platformEntry(name, version, parent)]);
  }
}
const added = missing.filter(([, entry]) => entry !== undefined);
if (process.argv.includes('--check')) {
  for (const [name, entry] of added)
    console.error(`package-lock.json lacks ${name}@${entry.version}: run node scripts/complete-lock.mjs`);
  process.exit(added.length === 0 ? 0 : 1);
}
for (const [name, entry] of added) lock.packages[`node_modules/${name}`] = entry;
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} platform packages added to package-lock.json`);
