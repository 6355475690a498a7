// What a devnet with `--home` remembers beside the validators' own folders: how it was made, where its contract is, and every
// transaction it has signed. Each file is replaced in one step, so that a kill at any moment leaves the old or the new one.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError, describe } from '../lib/errors.ts';
import { replaceFile } from '../lib/replace-file.ts';
import type { Deployment } from './deployment.ts';
import type { DevnetOptions } from './devnet-options.ts';
import type { SentTransaction } from './outbox.ts';

/**
 * `HOME_UNREADABLE`: a file in the folder is damaged. `HOME_DIFFERS`: the folder belongs to a devnet with other flags, or to
 * another Ethereum.
 */
export type HomeErrorCode = 'HOME_UNREADABLE' | 'HOME_DIFFERS';

/** A devnet that was started before. */
export interface KnownDevnet {
  readonly deployment: Deployment;
  readonly genesis: GenesisDoc;
}

interface DevnetFile {
  readonly madeWith: Readonly<Record<string, string>>;
  readonly deployment: { readonly staking: Hex; readonly token: Hex; readonly startBlock: string; readonly startBlockHash: Hex };
  readonly genesis: GenesisDoc;
}

export class DevnetHome {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The file in which anvil keeps the chain of the devnet's own Ethereum. */
  get ethereumFile(): string {
    return join(this.folder, 'ethereum.json');
  }

  /** What was started here before, undefined in a new folder; throws HOME_DIFFERS when it was made with other flags. */
  async load(options: DevnetOptions): Promise<KnownDevnet | undefined> {
    const file = (await this.#read('devnet.json')) as DevnetFile | undefined;
    if (file === undefined) return undefined;
    for (const [name, value] of Object.entries(flagsOf(options))) {
      if (file.madeWith?.[name] === value) continue;
      const message = `${this.folder} was made with ${name} ${file.madeWith?.[name]}, not ${value}: give the same flags or another --home`;
      throw new CodedError<HomeErrorCode>('HOME_DIFFERS', message, { folder: this.folder });
    }
    return { genesis: file.genesis, deployment: { ...file.deployment, startBlock: BigInt(file.deployment.startBlock) } };
  }

  async save(options: DevnetOptions, { deployment, genesis }: KnownDevnet): Promise<void> {
    const { startBlock, ...rest } = deployment;
    const file: DevnetFile = { madeWith: flagsOf(options), deployment: { ...rest, startBlock: startBlock.toString() }, genesis };
    await this.#write('devnet.json', file);
  }

  async loadOutbox(): Promise<readonly SentTransaction[]> {
    return ((await this.#read('outbox.json')) as readonly SentTransaction[] | undefined) ?? [];
  }

  saveOutbox(sent: readonly SentTransaction[]): Promise<void> {
    return this.#write('outbox.json', sent);
  }

  async #read(name: string): Promise<unknown> {
    const path = join(this.folder, name);
    try {
      return JSON.parse(await readFile(path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      const message = `${path} is damaged (${describe(error)}): restore it, or start anew with another --home`;
      throw new CodedError<HomeErrorCode>('HOME_UNREADABLE', message, { path });
    }
  }

  #write(name: string, value: unknown): Promise<void> {
    return replaceFile(join(this.folder, name), JSON.stringify(value));
  }
}

/** The flags that a network cannot change later. */
function flagsOf({ engine, powers, params, stakes }: DevnetOptions): Readonly<Record<string, string>> {
  return {
    '--engine': engine.kind,
    '--powers': powers.join(','),
    '--finality-threshold': params.finalityThreshold.toString(),
    '--period-length': params.periodLength.toString(),
    '--period-limit': params.periodLimit.toString(),
    '--max-order-bytes': params.maxOrderBytes.toString(),
    '--stakes': stakes.map(({ staker, action, amount, block }) => `${block}:${staker}:${action}:${amount}`).join(' '),
  };
}
