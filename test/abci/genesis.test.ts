// Genesis, as a file and as InitChain: what is wrong is refused with the field named, what is right always gives one state.

import { expect } from 'chai';
import { parseGenesisTime } from '../../relayer/abci/genesis-time.ts';
import { formatGenesisDoc, parseGenesisDoc } from '../../relayer/abci/parse-genesis-doc.ts';
import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { textBytes } from '../../relayer/lib/bytes.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { appStateOf, drivenValidators, initChainRequest } from '../helpers/driven-peg.ts';
import { failure } from '../helpers/failure.ts';

const validators = drivenValidators([1n, 2n, 3n]);
const [first] = validators as [(typeof validators)[0]];

/** A document as CometBFT writes it, with changes by path: `{'validators.0.power': '0'}`; undefined deletes. */
function document(changes: Readonly<Record<string, unknown>> = {}): string {
  const doc: Record<string, unknown> = {
    genesis_time: '2026-08-01T12:00:00.5Z',
    chain_id: 'peg-test',
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: '1048576', max_gas: '-1' },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '65536' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '1' },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: validators.map(({ consensusKey, address, power }, index) => ({
      address: address.slice(2).toUpperCase(),
      pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.from(consensusKey).toString('base64') },
      power: power.toString(),
      name: `V${index + 1}`,
    })),
    app_hash: '',
    app_state: appStateOf(validators),
  };
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() as string;
    const holder = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, doc);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return JSON.stringify(doc);
}

describe('genesis document', () => {
  it('is read and written without a difference', () => {
    const doc = parseGenesisDoc(document());
    expect(JSON.parse(document())).to.deep.equal(doc);
    expect(parseGenesisDoc(formatGenesisDoc(doc))).to.deep.equal(doc);
    expect(formatGenesisDoc(doc)).to.match(/^\{\n {2}"genesis_time".*\}\n$/s);
  });

  it('fills in what CometBFT may leave out', () => {
    const doc = parseGenesisDoc(
      document({
        initial_height: undefined,
        app_hash: undefined,
        consensus_params: undefined,
        'validators.0.address': undefined,
        'validators.1.address': '',
        'validators.2.name': undefined,
      }),
    );
    expect(doc).to.deep.include({ initial_height: '1', app_hash: '' });
    expect(doc).not.to.have.property('consensus_params');
    expect(doc.validators.map(({ address }) => address)).to.deep.equal(
      validators.map(({ address }) => address.slice(2).toUpperCase()),
    );
    expect(doc.validators[2]?.name).to.equal('');
    const lower = first.address.slice(2);
    expect(parseGenesisDoc(document({ 'validators.0.address': lower })).validators[0]?.address).to.equal(lower.toUpperCase());
    const params = parseGenesisDoc(
      document({
        'consensus_params.version': undefined,
        'consensus_params.abci': undefined,
        'consensus_params.block.max_bytes': '-1',
      }),
    );
    expect(params.consensus_params).to.deep.include({ version: { app: '0' }, abci: { vote_extensions_enable_height: '0' } });
  });

  const twice = validators.map(({ consensusKey }) => consensusKey)[0] as Uint8Array;
  for (const [field, value, name = field] of [
    ['genesis_time', 'yesterday'],
    ['genesis_time', undefined],
    ['chain_id', ''],
    ['chain_id', 'x'.repeat(51)],
    ['initial_height', '0'],
    ['initial_height', 1],
    ['initial_height', '9223372036854775808'],
    ['chainId', 'typo', ''],
    ['app_hash', '0x12'],
    ['validators', []],
    ['validators.0.power', '0'],
    ['validators.0.power', '01'],
    ['validators.0.power', `${2n ** 60n - 1n}`, 'validators'],
    ['validators.1.pub_key.type', 'tendermint/PubKeySecp256k1', 'validators[1].pub_key.type'],
    ['validators.1.pub_key.value', 'AAAA', 'validators[1].pub_key.value'],
    ['validators.1.pub_key.value', '!', 'validators[1].pub_key.value'],
    ['validators.2.address', 'AB'.repeat(20), 'validators[2].address'],
    ['validators.2.pub_key.value', Buffer.from(twice).toString('base64'), 'validators[2].address'],
    ['consensus_params.block.max_bytes', '0'],
    ['consensus_params.block.max_bytes', '104857601'],
    ['consensus_params.evidence.max_bytes', '1048577'],
    ['consensus_params.validator.pub_key_types', ['secp256k1']],
    ['consensus_params.extra', {}, 'consensus_params'],
    ['app_state', undefined, 'app_state'],
    ['app_state.ethereum.chainId', 0, 'ethereum.chainId'],
    [`app_state.witnesses.${first.address}`, undefined, `witnesses.${first.address}`],
  ] as const)
    it(`is refused with ${field} = ${JSON.stringify(value)?.slice(0, 40)}`, () => {
      const expected = name.replace(/\.(\d)(\.|$)/, '[$1]$2');
      expect(() => parseGenesisDoc(document({ [field]: value })))
        .to.throw(Error, expected)
        .that.deep.includes({ code: 'GENESIS_INVALID' })
        .and.has.nested.property('data.field', expected);
    });

  it('is refused when a validator is listed twice', () => {
    const all = JSON.parse(document()).validators;
    expect(() => parseGenesisDoc(document({ validators: [...all, all[0]] })))
      .to.throw('twice')
      .with.property('code', 'GENESIS_INVALID');
  });

  it('may give all the power there can be', () => {
    const [first, ...others] = (JSON.parse(document()) as { validators: readonly { readonly power: string }[] }).validators;
    const power = 2n ** 60n - 1n - others.reduce((sum, other) => sum + BigInt(other.power), 0n);
    const { validators: all } = parseGenesisDoc(document({ validators: [{ ...first, power: `${power}` }, ...others] }));
    expect(all.map((validator) => validator.power)).to.include(`${power}`);
  });

  it('is refused when it is not JSON', () => {
    expect(() => parseGenesisDoc('{'))
      .to.throw('not JSON')
      .with.property('code', 'GENESIS_INVALID');
  });
});

describe('genesis time', () => {
  it('keeps every nanosecond', () => {
    expect(parseGenesisTime('1970-01-01T00:00:00Z')).to.equal(0n);
    expect(parseGenesisTime('2026-08-01T12:00:00.123456789Z')).to.equal(1_785_585_600_123_456_789n);
    expect(parseGenesisTime('2026-08-01T14:00:00.5+02:00')).to.equal(1_785_585_600_500_000_000n);
    expect(parseGenesisTime('2024-02-29T00:00:00Z')).to.equal(1_709_164_800_000_000_000n);
  });

  it('is nothing but RFC 3339', () => {
    for (const text of [
      '2026-08-01',
      '2026-08-01 12:00:00Z',
      '2026-08-01T12:00:00',
      '2026-08-01T12:00:00.1234567890Z',
      '2026-02-30T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-08-01T25:00:00Z',
      '',
    ])
      expect(parseGenesisTime(text), text).to.equal(undefined);
  });
});

describe('InitChain', () => {
  const init = (changes: Parameters<typeof initChainRequest>[1]) =>
    new PegApplication({ store: openMemoryStore(), log: silentLog }).initChain(initChainRequest(validators, changes));

  it('gives a hash that depends on the state alone', async () => {
    const { appHash, validators: updates } = await init({});
    expect(appHash).to.have.length(32);
    expect(updates).to.deep.equal([]);
    const [a, ...rest] = initChainRequest(validators).validators;
    const shuffled = await init({ validators: [...rest, a as (typeof rest)[0]], chainId: 'another', initialHeight: 0n });
    expect(shuffled.appHash).to.deep.equal(appHash);
    const otherState = {
      ...appStateOf(validators),
      consensusParams: { finalityThreshold: 7, periodLength: 10, periodLimit: 1000, maxOrderBytes: 8192 },
    };
    expect((await init({ appState: otherState })).appHash).not.to.deep.equal(appHash);
  });

  for (const [what, changes] of Object.entries({
    'app_state that is not JSON': { appStateBytes: textBytes('{') },
    'app_state that is not UTF-8': { appStateBytes: Uint8Array.of(0xff) },
    'app_state with an unknown field': { appState: { ...appStateOf(validators), extra: 1 } },
    'no validators': { validators: [] },
    'a validator without a witness': { appState: appStateOf(validators.slice(1)) },
    'a witness without a validator': { appState: appStateOf([...validators, ...drivenValidators([1n, 1n, 1n, 1n]).slice(3)]) },
    'a key of another kind': { validators: [{ pubKey: { secp256k1: new Uint8Array(33) }, power: 1n }] },
    'a key of another length': { validators: [{ pubKey: { ed25519: new Uint8Array(31) }, power: 1n }] },
    'power 0': { validators: initChainRequest(validators).validators.map((validator) => ({ ...validator, power: 0n })) },
    'a validator twice': { validators: [...initChainRequest(validators).validators, ...initChainRequest(validators).validators] },
  }))
    it(`refuses ${what}`, async () => {
      expect(await failure(init(changes))).to.have.property('code', 'GENESIS_INVALID');
    });
});
