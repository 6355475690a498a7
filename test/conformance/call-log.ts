// The calls that the applications really got, held to the grammar of ABCI. Comes last, when the network has done a lot.

import { expect } from 'chai';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import type { RunningNetwork } from './running-network.ts';

export function describeCallLog(network: () => RunningNetwork): void {
  describe('calls', () => {
    it('follow the grammar on every node', () => {
      for (const { lives, rpcUrl } of network().nodes)
        for (const { calls, options } of lives()) {
          expect(calls.filter(({ letter }) => letter === 'C').length, rpcUrl).to.be.greaterThan(0);
          expect(checkCallLog(calls, options), rpcUrl).to.equal(undefined);
        }
    });
  });
}
