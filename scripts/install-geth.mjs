// Installs geth, in whose developer mode one end-to-end test runs, into .geth/VERSION/ and prints its path:
// `node scripts/install-geth.mjs`. Does nothing where it is there already.

import process from 'node:process';
import { installGoProgram } from './go-program.mjs';

const path = installGoProgram({
  name: 'geth',
  folder: '.geth',
  module: 'github.com/ethereum/go-ethereum',
  program: 'cmd/geth',
  version: 'v1.17.0',
  needs: '1.24',
  takes: 'one to three minutes',
  download: 'https://geth.ethereum.org/downloads',
});
process.stdout.write(`${path}\n`);
