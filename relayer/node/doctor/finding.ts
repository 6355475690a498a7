// What the doctor says of one thing it looked at.

/** Stable names of what can be wrong with a node, for scripts and tests. */
export type FindingCode =
  /** There is no home, or no node in it. */
  | 'HOME_MISSING'
  /** The config does not read, names something unknown, or has a value that cannot be. */
  | 'CONFIG_INVALID'
  /** The genesis file is missing, or not what it must be. */
  | 'GENESIS_INVALID'
  /** The home cannot be written. */
  | 'HOME_NOT_WRITABLE'
  /** Little room is left on the disk of the home. */
  | 'DISK_LOW'
  /** The witness key cannot be read with what the config names: file, rights, password. */
  | 'WITNESS_KEY_UNUSABLE'
  /** The peg, or genesis, expects another witness of this validator than the key in the home. */
  | 'WITNESS_KEY_DIFFERS'
  /** The home has a witness key, but its consensus key is no validator's. */
  | 'NOT_A_VALIDATOR'
  /** The consensus key is a validator's, but there is no witness key: the validator would not vote on Ethereum. */
  | 'NO_WITNESS_KEY'
  /** The consensus or node key is missing or damaged. */
  | 'CONSENSUS_KEY_UNUSABLE'
  /** Others on this machine can read a secret. */
  | 'KEY_EXPOSED'
  /** The finality latch is closed. */
  | 'LATCH_CLOSED'
  /** The state on disk belongs to another chain, or is damaged. */
  | 'STATE_UNUSABLE'
  /** This Node.js is older than the project needs. */
  | 'NODE_VERSION'
  /** There is no CometBFT. */
  | 'COMETBFT_MISSING'
  /** It is not a version that speaks ABCI 2.0. */
  | 'COMETBFT_VERSION'
  /** A port that the node needs is taken by another program. */
  | 'PORT_IN_USE'
  /** The interface is open to other machines. */
  | 'API_EXPOSED'
  /** The node runs, and its interface does not answer. */
  | 'API_UNREACHABLE'
  /** The network has other validators, and the config names no peer. */
  | 'NO_PEERS'
  /** No endpoint of Ethereum is named, and a validator needs one. */
  | 'NO_ENDPOINT'
  /** With fewer than three endpoints, one can stop or mislead the witness. */
  | 'FEW_ENDPOINTS'
  /** An endpoint is named twice, or two have one host. */
  | 'SAME_ENDPOINT'
  /** More endpoints must agree than there are. */
  | 'AGREEMENT_IMPOSSIBLE'
  /** An endpoint does not answer, or not properly. */
  | 'ENDPOINT_UNREACHABLE'
  /** An endpoint serves another chain. */
  | 'WRONG_CHAIN'
  /** The start block of genesis has another hash there, or is not there. */
  | 'START_BLOCK_DIFFERS'
  /** There is no code at the contract's address. */
  | 'NO_CONTRACT'
  /** The code there is not a MakerStaking. */
  | 'NOT_STAKING_CONTRACT'
  /** An endpoint says that it is still syncing. */
  | 'ENDPOINT_SYNCING'
  /** Its head is old, or far behind the others'. */
  | 'ENDPOINT_LAGS'
  /** Two endpoints have different blocks at a height that is mature. */
  | 'ENDPOINTS_DISAGREE'
  /** The config waits for the finalized tag and the endpoint has none. */
  | 'NO_FINALIZED_TAG'
  /** The endpoint proves nothing; its word on the contract's values has to do. */
  | 'NO_PROOFS'
  /** The clock of this machine is off. */
  | 'CLOCK_SKEWED'
  /** Another network's node, or something else, answers where this node should. */
  | 'FOREIGN_NODE'
  /** The running node has not caught up. */
  | 'NODE_SYNCING'
  /** Something keeps the witness of the running node from voting. */
  | 'WITNESS_SILENT'
  /** The peg and the contract have parted. */
  | 'BREACH';

/** `problem`: the node does not work, or works wrongly. `warning`: it works, for now. */
export type Severity = 'ok' | 'warning' | 'problem';

export interface Finding {
  readonly severity: Severity;
  /** Absent when all is well. */
  readonly code?: FindingCode;
  /** The thing: a file, a URL, a port. */
  readonly subject: string;
  readonly message: string;
  /** What to do. */
  readonly advice?: string;
}

export function ok(subject: string, message: string): Finding {
  return { severity: 'ok', subject, message };
}

export function problem(code: FindingCode, subject: string, message: string, advice: string): Finding {
  return { severity: 'problem', code, subject, message, advice };
}

export function warning(code: FindingCode, subject: string, message: string, advice: string): Finding {
  return { severity: 'warning', code, subject, message, advice };
}
