// Misbehaviour that the engine proves to the application. Nothing follows from it yet but an event that anybody can look up.

import { type Misbehavior, MisbehaviorType } from 'cosmjs-types/tendermint/abci/types';
import { to0x } from '../lib/bytes.ts';
import type { PegEvent } from '../peg/types.ts';

const KINDS = new Map([
  [MisbehaviorType.DUPLICATE_VOTE, 'duplicate_vote'],
  [MisbehaviorType.LIGHT_CLIENT_ATTACK, 'light_client_attack'],
]);

/** One `misbehavior` event each: `kind`, `validator` (consensus address), `height` at which it happened, `power`. */
export function misbehaviorEvents(reports: readonly Misbehavior[]): readonly PegEvent[] {
  return reports.map(({ type, validator, height }) => ({
    type: 'misbehavior',
    attributes: {
      kind: KINDS.get(type) ?? 'unknown',
      validator: to0x(validator.address),
      height: height.toString(),
      power: validator.power.toString(),
    },
  }));
}
