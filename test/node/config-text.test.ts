// The config file of a new home: what it sets is what is read, what it comments out is the default, and every setting is in it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { configFields } from '../../relayer/node/config-schema.ts';
import { configText } from '../../relayer/node/config-text.ts';
import { CONFIG_FILE, loadConfig } from '../../relayer/node/load-config.ts';

describe('config text', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-config-text-'));
  });

  afterEach(() => rm(home, { recursive: true, force: true }));

  const read = async (text: string) => {
    await writeFile(join(home, CONFIG_FILE), text);
    return loadConfig({ env: { PEG_HOME: home } });
  };

  it('reads as the defaults when nothing is set, also with every comment taken off', async () => {
    const defaults = await loadConfig({ env: { PEG_HOME: home } });
    expect(await read(configText({}))).to.deep.equal(defaults);
    const uncommented = configText({}).replaceAll(/^# (\w+ = .+)$/gm, '$1');
    expect(uncommented).to.not.equal(configText({}));
    expect(await read(uncommented)).to.deep.equal(defaults);
  });

  it('reads as what was set', async () => {
    const peers = [`${'ab'.repeat(20)}@127.0.0.1:26656`, `${'cd'.repeat(20)}@host.example:1`];
    const values = {
      name: 'a "quoted" name',
      'ethereum.urls': ['http://127.0.0.1:8545'],
      'consensus.peers': peers,
      'consensus.local': true,
      'consensus.stateSync.trustHeight': 7,
      'api.port': 0,
      'log.level': undefined,
    };
    const config = await read(configText(values));
    expect(config.name).to.equal('a "quoted" name');
    expect(config.consensus.peers).to.deep.equal(peers);
    expect(config.consensus.local).to.equal(true);
    expect(config.consensus.stateSync.trustHeight).to.equal(7);
    expect(config.api.port).to.equal(0);
    expect(config.log.level).to.equal('info');
  });

  it('describes every setting but the home it lies in', () => {
    const text = configText({});
    for (const { path, doc, env } of configFields.filter((field) => field.path[0] !== 'home'))
      expect(text, path.join('.')).to.include(`# ${doc} (${env})`);
  });
});
