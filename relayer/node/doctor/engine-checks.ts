// The doctor's look at programs, ports and peers, and at the node where it runs already.

import { createServer } from 'node:net';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import { createPegClient } from '../../client/peg-client.ts';
import type { CometBinary } from '../../comet/comet-binary.ts';
import { type CometClient, openCometClient } from '../../comet/rpc-client.ts';
import { describe, hasCode } from '../../lib/errors.ts';
import type { NodeConfig } from '../config-schema.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const LEAST_NODE: readonly [number, number] = [22, 13];
const TIMEOUT_MS = 3_000;
const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
/** Addresses that stand for all of a machine's: not all systems let one connect to them. */
const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** `nodeVersion`: as `process.versions.node`. */
export function checkNodeVersion(nodeVersion: string): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return ok('Node.js', nodeVersion);
  return problem('NODE_VERSION', 'Node.js', `${nodeVersion} is too old`, `install ${LEAST_NODE.join('.')} or newer`);
}

export async function checkBinary(locate: () => Promise<CometBinary>): Promise<Finding> {
  try {
    const { path, version } = await locate();
    return ok('CometBFT', `${version} at ${path}`);
  } catch (error) {
    if (!hasCode<'COMETBFT_MISSING' | 'COMETBFT_VERSION'>(error)) throw error;
    return problem(error.code, 'CometBFT', describe(error), 'install it, or name another with cometbft = "PATH" in the config');
  }
}

export function checkExposure({ api }: NodeConfig): readonly Finding[] {
  if (api.port === undefined || LOOPBACK.includes(api.host)) return [];
  const message = 'the interface listens for other machines and has no authentication';
  return [warning('API_EXPOSED', addressText(api.host, api.port), message, 'put a proxy with TLS before it, or use 127.0.0.1')];
}

export function checkPeers({ consensus }: NodeConfig, genesis: GenesisDoc): readonly Finding[] {
  if (genesis.validators.length < 2 || consensus.peers.length > 0) return [];
  const message = `the network has ${genesis.validators.length} validators and no peer is named`;
  return [warning('NO_PEERS', 'consensus.peers', message, 'name some as NODE_ID@HOST:PORT, unless peers dial this node')];
}

/** The node where it runs; its ports where it does not. */
export async function checkRunning(config: NodeConfig, genesis: GenesisDoc): Promise<readonly Finding[]> {
  const { rpcAddress, p2pAddress } = config.consensus;
  if (rpcAddress.endsWith(':0')) return [];
  const client = await openCometClient(`http://${rpcAddress}`, { timeoutMs: TIMEOUT_MS });
  try {
    return await checkNode(client, config, genesis);
  } catch (error) {
    const silent = hasCode(error, 'PEG_UNREACHABLE');
    if (!silent) return [problem('FOREIGN_NODE', rpcAddress, describe(error), 'stop what listens there, or change rpc_address')];
    const api = config.api.port === undefined ? [] : [addressText(config.api.host, config.api.port)];
    const ports = await Promise.all([rpcAddress, p2pAddress, ...api].map(checkPort));
    return ports.flat();
  } finally {
    client.close();
  }
}

async function checkNode(client: CometClient, config: NodeConfig, genesis: GenesisDoc): Promise<readonly Finding[]> {
  const address = config.consensus.rpcAddress;
  const { network, height, catchingUp } = await client.status();
  if (network !== genesis.chain_id) {
    const message = `a node of ${network} answers here; this home is of ${genesis.chain_id}`;
    return [problem('FOREIGN_NODE', address, message, 'stop it, or change rpc_address')];
  }
  const { breach } = (await client.query('/ethereum')) as { breach: { height: number; reason: string } | null };
  const advice = 'run peg audit, and agree with the other validators on a correction (peg govern)';
  return [
    catchingUp
      ? warning('NODE_SYNCING', address, `the node runs and catches up; it is at height ${height}`, 'wait')
      : ok(address, `the node runs, at height ${height}`),
    ...(breach === null
      ? await checkWitness(config)
      : [problem('BREACH', 'peg', `at Ethereum block ${breach.height}: ${breach.reason}`, advice)]),
  ];
}

/** What the running node says of its witness at its HTTP interface, where it has one at a known port. */
async function checkWitness({ api }: NodeConfig): Promise<readonly Finding[]> {
  if (api.port === undefined || api.port === 0) return [];
  const address = addressText(api.host, api.port);
  try {
    const url = `http://${addressText(WILDCARDS[api.host] ?? api.host, api.port)}`;
    const { witness } = await createPegClient(url).status(AbortSignal.timeout(TIMEOUT_MS));
    if (witness?.state !== 'silent') return [];
    const why = witness.silence.map(({ message }) => message).join('; ');
    return [problem('WITNESS_SILENT', 'witness', why, 'mend what it names; where Ethereum itself stands still, wait')];
  } catch (error) {
    return [warning('API_UNREACHABLE', address, describe(error), 'see the log of the node, or change api.port')];
  }
}

/** As in a URL: an IPv6 address in brackets. */
function addressText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether the node could listen there now. */
function checkPort(address: string): Promise<readonly Finding[]> {
  const colon = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, colon).replace(/^\[|\]$/g, ''), Number(address.slice(colon + 1))];
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) =>
      resolve([problem('PORT_IN_USE', address, describe(error), 'stop the other program, or change the port')]),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve([])));
  });
}
