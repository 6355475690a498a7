// Compiles a contract with a change made to its source, to measure what the changed lines cost. Nothing of it is kept.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import hre from 'hardhat';

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<string, Readonly<Record<string, { readonly evm: { readonly bytecode: { readonly object: string } } }>>>
  >;
}

interface Solc {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

/**
 * Bytecode of `contracts/<name>.sol` after `change`, with the settings of the default build profile.
 * Throws when the source does not compile or `change` leaves it as it is.
 */
export function compileVariant(name: string, change: (source: string) => string): string {
  const require = createRequire(import.meta.url);
  const file = `contracts/${name}.sol`;
  const source = readFileSync(file, 'utf8');
  const changed = change(source);
  if (changed === source) throw new Error(`the change finds nothing to change in ${file}`);
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: changed } },
    settings: {
      ...hre.config.solidity.profiles.default?.compilers[0]?.settings,
      outputSelection: { [file]: { [name]: ['evm.bytecode.object'] } },
    },
  };
  const load = (path: string) => ({ contents: readFileSync(path.startsWith('@') ? require.resolve(path) : path, 'utf8') });
  const output = JSON.parse((require('solc') as Solc).compile(JSON.stringify(input), { import: load })) as SolcOutput;
  const failure = output.errors?.find(({ severity }) => severity === 'error');
  const bytecode = output.contracts?.[file]?.[name]?.evm.bytecode.object;
  if (failure !== undefined || bytecode === undefined) throw new Error(failure?.formattedMessage ?? `solc made no ${name}`);
  return `0x${bytecode}`;
}
