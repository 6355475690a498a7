// What `peg init` does: keys, a genesis (given, or of a new network with this one validator), and the home that holds them.

import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import process from 'node:process';
import { consensusAddress } from '../abci/consensus-address.ts';
import { parseGenesisDoc } from '../abci/parse-genesis-doc.ts';
import { nodeIdOf } from '../comet/comet-home.ts';
import type { Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { ed25519PrivateKey, ed25519PublicKey } from '../lib/ed25519.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { createHome } from '../node/create-home.ts';
import { pathFrom } from '../node/load-config.ts';
import { networkGenesis } from '../node/network-genesis.ts';
import type { Flags, Terminal } from './command.ts';
import { readParams } from './flags.ts';
import { newKey } from './new-key.ts';
import { readNewPassword } from './password.ts';
import { readInput } from './signer.ts';
import { readWatchedContract } from './watched-contract.ts';

export interface MadeHome {
  readonly home: string;
  readonly network: string;
  readonly nodeId: string;
  readonly consensusAddress: Hex;
  /** base64, as a genesis file has it. */
  readonly consensusKey: string;
  /** Address of the witness key; undefined for a full node. */
  readonly witness?: Hex;
}

export async function initHome(flags: Flags, terminal: Terminal): Promise<MadeHome> {
  const home = pathFrom(process.cwd(), flags.home as string);
  const [consensusSeed, nodeSeed, witnessKey] = [newKey(), newKey(), newKey()];
  const consensusKey = ed25519PublicKey(ed25519PrivateKey(consensusSeed));
  const founder = { name: flags.name as string, power: flags.power as number, consensusKey, witness: addressOf(witnessKey) };
  const genesis =
    flags.genesis === undefined
      ? networkGenesis({
          chainId: (flags.chainId as string | undefined) ?? newChainId(),
          genesisTime: new Date(systemClock.now()),
          validators: [founder],
          ethereum: await readWatchedContract(flags, terminal),
          params: readParams(flags),
        })
      : parseGenesisDoc(await readInput(flags.genesis as string));
  const witness = flags.fullNode === true ? undefined : { key: witnessKey, ...(await secretOf(flags, terminal)) };
  const settings = {
    name: flags.name,
    'ethereum.urls': flags.ethereum === undefined ? undefined : [flags.ethereum],
    'consensus.peers': (flags.peer as string[]).length === 0 ? undefined : flags.peer,
  };
  await createHome(home, { genesis, consensusSeed, nodeSeed, witness, settings });
  return {
    home,
    network: genesis.chain_id,
    nodeId: nodeIdOf(nodeSeed),
    consensusAddress: consensusAddress(consensusKey),
    consensusKey: Buffer.from(consensusKey).toString('base64'),
    ...(witness && { witness: founder.witness }),
  };
}

/** A name that two networks do not share by accident: chain ids are part of what is signed. */
export function newChainId(): string {
  return `peg-${randomBytes(4).toString('hex')}`;
}

async function secretOf(flags: Flags, terminal: Terminal) {
  const file = flags.passwordFile as string | undefined;
  const password = await readNewPassword(file, 'the witness key', terminal);
  return { password, ...(file !== undefined && { passwordFile: resolve(file) }) };
}
