// Installs the consensus engine for this project: `npm run cometbft:install [-- VERSION …]` puts each version into
// .cometbft/VERSION/; with --tools also abci-cli, which the tests use as an independent client. Does nothing where they are
// there already.

import process from 'node:process';
import { fail, goProgramPath, installGoProgram } from './go-program.mjs';

const NAME = 'cometbft';
const FOLDER = '.cometbft';
const VERSION = 'v0.39.4';
const MODULE = 'github.com/cometbft/cometbft';
const USAGE = `usage: npm run cometbft:install -- [--tools] [VERSION …]     (default ${VERSION})`;

function install(program, version) {
  installGoProgram({
    name: NAME,
    folder: FOLDER,
    module: MODULE,
    program,
    version,
    needs: '1.25',
    takes: 'one to two minutes',
    download: `https://${MODULE}/releases/tag/${version}`,
  });
}

const words = process.argv.slice(2);
if (words.includes('--help')) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const versions = words.filter((word) => word !== '--tools');
const odd = versions.find((word) => !/^v0\.(38|39|40)\.\d+$/.test(word));
if (odd !== undefined) fail(NAME, `${odd} is not a version like ${VERSION}\n${USAGE}`, 2);
for (const version of versions.length === 0 ? [VERSION] : versions) install('cmd/cometbft', version);
if (words.includes('--tools')) install('abci/cmd/abci-cli', VERSION);
process.stdout.write(`${goProgramPath({ folder: FOLDER, version: versions[0] ?? VERSION, program: 'cometbft' })}\n`);
