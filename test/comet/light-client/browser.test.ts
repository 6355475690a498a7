// The light client as a page would load it: bundled for browsers, run where nothing of Node is at hand.

import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { expect } from 'chai';
import { build, type Rollup } from 'vite';
import { balanceTable } from '../../../relayer/peg/tables.ts';
import { openMemoryStore } from '../../../relayer/store/memory-store.ts';
import { readLightJson, recordedLightJson } from '../../helpers/recorded-light-chain.ts';

const ADDRESS = `0x${'1'.repeat(40)}` as const;
const LIGHT_CLIENT = fileURLToPath(new URL('../../../relayer/comet/light-client/', import.meta.url));
const ENTRY = `
  export { nodeProvider } from '${LIGHT_CLIENT}provider.ts';
  export { LightClient } from '${LIGHT_CLIENT}light-client.ts';
  export { confirmWith } from '${LIGHT_CLIENT}divergence.ts';
  export { verifyEd25519 } from '${LIGHT_CLIENT}ed25519.ts';
  export { verifyCommit } from '${LIGHT_CLIENT}verify-commit.ts';
  export { readSignedBlock, readValidatorPage } from '${LIGHT_CLIENT}read-light-block.ts';
  export { readProved } from '${LIGHT_CLIENT}state-record.ts';
`;

async function bundle(): Promise<Rollup.OutputChunk> {
  const id = 'virtual:light-client';
  const output = (await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      rollupOptions: { input: id, preserveEntrySignatures: 'strict', output: { format: 'iife', name: 'light' } },
    },
    plugins: [
      {
        name: 'entry',
        resolveId: (source) => (source === id ? `\0${id}` : undefined),
        load: (source) => (source === `\0${id}` ? ENTRY : undefined),
      },
    ],
  })) as Rollup.RollupOutput;
  return output.output[0] as Rollup.OutputChunk;
}

describe('light client in a browser', () => {
  it('is bundled without any module of Node, and verifies the recorded chain there', async () => {
    const { code, moduleIds } = await bundle();
    expect(moduleIds.filter((id) => /^node:|browser-external|native/.test(id))).to.deep.equal([]);
    expect(code.length).to.be.lessThan(200_000);
    const page = createContext({
      TextEncoder,
      TextDecoder,
      URL,
      atob,
      AbortController,
      AbortSignal,
      fetch,
      recorded: JSON.stringify(recordedLightJson()),
    });
    runInContext('globalThis.self = globalThis', page);
    const verify = `
      ${code}
      JSON.parse(recorded).map(({ signed_header, validators }) => {
        const block = { ...light.readSignedBlock({ signed_header }), ...light.readValidatorPage({ validators, total: '0' }) };
        return light.verifyCommit(block, 'vectors', light.verifyEd25519).signed.toString();
      }).join()`;
    const signed = recordedLightJson().map((json) => {
      const { commit, validators } = readLightJson(json);
      return validators.reduce((sum, { power }, index) => (commit.signatures[index]?.blockIdFlag === 2 ? sum + power : sum), 0n);
    });
    expect(runInContext(verify, page)).to.equal(signed.join());
    const store = openMemoryStore();
    store.stage([[balanceTable.key(ADDRESS), Uint8Array.of(42)]]);
    await store.commit(1n);
    page.proof = store.prove(balanceTable.key(ADDRESS));
    page.root = store.root;
    const read = `light.readProved({ kind: 'balance', address: '${ADDRESS}' }, { value: Uint8Array.of(42), proof }, root).balance.toString()`;
    expect(runInContext(read, page)).to.equal('42');
    expect(runInContext('typeof process + typeof Buffer + typeof require', page)).to.equal('undefinedundefinedundefined');
  }).timeout(120_000);
});
