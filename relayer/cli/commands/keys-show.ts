import type { CommandDefinition } from '../command.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg keys show`: what a node's keys are called by others; no secret is shown, and no password needed. */
export const keysShow: CommandDefinition = {
  usage: 'keys show',
  summary: "show a home's node id, consensus key and witness address",
  options: [homeFlag(), jsonFlag()],
  example: 'peg keys show --home ~/.peg',
  async run(_args, flags, terminal) {
    const { identityOf } = await import('../key-commands.ts');
    const identity = await identityOf(flags, terminal);
    show(flags, terminal, identity, [
      `node id            ${identity.nodeId}`,
      `consensus address  ${identity.consensusAddress}`,
      `consensus key      ${identity.consensusKey}`,
      `witness            ${identity.witness ?? 'none: a full node'}`,
      ...(identity.nextWitness === undefined ? [] : [`next witness       ${identity.nextWitness}`]),
    ]);
  },
};
