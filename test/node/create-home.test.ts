// New homes: complete, readable by their owner only, and never made over something that is there.

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseGenesisDoc } from '../../relayer/abci/parse-genesis-doc.ts';
import { nodeIdOf, readCometIdentity } from '../../relayer/comet/comet-home.ts';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { to0x } from '../../relayer/lib/bytes.ts';
import { createHome } from '../../relayer/node/create-home.ts';
import { homeLayout } from '../../relayer/node/home-layout.ts';
import { readKeyFile, readPasswordFile } from '../../relayer/node/key-file.ts';
import { loadConfig, pathFrom } from '../../relayer/node/load-config.ts';
import { failure } from '../helpers/failure.ts';
import { PARAMS, WATCHED } from '../helpers/validator-home.ts';

describe('new home', () => {
  const set = devnetValidators([1]);
  const [validator] = set;
  if (validator === undefined) throw new Error('no validator');
  const genesis = devnetGenesis(set, WATCHED, PARAMS, new Date(1_785_542_400_000));
  const nodeSeed = Uint8Array.from({ length: 32 }, () => 7);
  const keys = { genesis, consensusSeed: validator.consensusSeed, nodeSeed };
  let folder: string;
  let home: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-new-home-'));
    home = join(folder, 'deep', 'home');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has config, genesis, the keys it was given, and a witness key that its password opens', async () => {
    await createHome(home, { ...keys, settings: { name: 'alice' }, witness: { key: validator.witnessKey } });
    const config = await loadConfig({ env: { PEG_HOME: home } });
    expect(config.name).to.equal('alice');
    const { keyFile, passwordFile } = config.witness;
    const password = await readPasswordFile(pathFrom(home, passwordFile as string));
    expect(password).to.match(/^[0-9a-f]{64}$/);
    expect(to0x(await readKeyFile(pathFrom(home, keyFile as string), password))).to.equal(to0x(validator.witnessKey));
    expect(parseGenesisDoc(await readFile(homeLayout(home).genesis, 'utf8'))).to.deep.equal(genesis);
    expect(await readCometIdentity(homeLayout(home).comet)).to.deep.equal({
      nodeId: nodeIdOf(nodeSeed),
      consensusAddress: validator.consensusAddress,
      consensusKey: validator.consensusKey,
    });
  });

  it('shows its secrets to its owner only, also in a folder that was there', async () => {
    await mkdir(home, { recursive: true, mode: 0o755 });
    await createHome(home, { ...keys, settings: {}, witness: { key: validator.witnessKey } });
    expect((await stat(home)).mode & 0o077).to.equal(0);
    for (const name of [
      'witness-key.json',
      'witness-password',
      'cometbft/config/priv_validator_key.json',
      'cometbft/config/node_key.json',
    ])
      expect((await stat(join(home, name))).mode & 0o777, name).to.equal(0o600);
  });

  it('keeps no password that its owner keeps', async () => {
    const witness = { key: validator.witnessKey, password: 'secret', passwordFile: '/elsewhere' };
    await createHome(home, { ...keys, settings: {}, witness });
    expect((await loadConfig({ env: { PEG_HOME: home } })).witness.passwordFile).to.equal('/elsewhere');
    expect(await failure(stat(join(home, 'witness-password')))).to.have.property('code', 'ENOENT');
  });

  it('is a full node without a witness key', async () => {
    await createHome(home, { ...keys, settings: {} });
    expect((await loadConfig({ env: { PEG_HOME: home } })).witness.keyFile).to.equal(undefined);
  });

  it('is not made where something is, and not where nothing can be written', async () => {
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'priceless'), '');
    expect(await failure(createHome(home, { ...keys, settings: {} }))).to.have.property('code', 'HOME_EXISTS');
    const underAFile = join(home, 'priceless', 'home');
    expect(await failure(createHome(underAFile, { ...keys, settings: {} }))).to.have.property('code', 'HOME_UNWRITABLE');
  });

  it('says which key file of its engine is damaged', async () => {
    await createHome(home, { ...keys, settings: {} });
    const path = join(homeLayout(home).comet, 'config', 'node_key.json');
    for (const text of ['', '{}', '{"priv_key":{"value":"AAAA"}}']) {
      await writeFile(path, text);
      const error = (await failure(readCometIdentity(homeLayout(home).comet))) as Error;
      expect(error).to.have.property('code', 'COMETBFT_HOME');
      expect(error.message).to.include(path);
    }
  });
});
