// An application behind a socket for one test: addresses that nobody else has, everything closed at the end.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application } from '../../relayer/abci/application.ts';
import { type AbciServer, type ServeOptions, serveApplication } from '../../relayer/abci/socket-server.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { AbciClient } from './abci-client.ts';
import { KvStoreApplication } from './kvstore-application.ts';
import { type RecordingLog, recordingLog } from './recording-log.ts';

export const TRANSPORTS = ['unix', 'tcp'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export class SocketBench {
  readonly log: RecordingLog = recordingLog();
  readonly #lifecycle = new Lifecycle();

  /** A folder that goes away with the bench. */
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'abci-'));
    this.#lifecycle.onClose('folder', () => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  async address(transport: Transport): Promise<string> {
    return transport === 'tcp' ? 'tcp://127.0.0.1:0' : `unix://${join(await this.folder(), 'app.sock')}`;
  }

  /** Serves a key-value store in which `overrides` replace calls. */
  async serve(
    overrides: Partial<Application> = {},
    { transport = 'unix', ...options }: Partial<ServeOptions> & { transport?: Transport } = {},
  ): Promise<AbciServer> {
    const address = options.address ?? (await this.address(transport));
    const server = await serveApplication(new KvStoreApplication({ overrides }), { ...options, address }, { log: this.log });
    this.#lifecycle.onClose('server', () => server.close());
    return server;
  }

  async connect({ address }: AbciServer, options: { reads?: boolean } = {}): Promise<AbciClient> {
    const client = await AbciClient.connect(address, options);
    this.#lifecycle.onClose('client', () => client.close());
    return client;
  }

  close(): Promise<void> {
    return this.#lifecycle.close();
  }
}
