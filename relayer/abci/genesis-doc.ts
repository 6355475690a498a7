// The engine's genesis file (CometBFT `genesis.json`): both engines start from the same document.
// Source: CometBFT `types/genesis.go`, `types/params.go` at v0.38.

/** int64 are decimal strings, public keys base64, the app hash upper-case hex, as CometBFT writes them. */
export interface GenesisDoc {
  /** RFC 3339 with up to nine fractional digits, UTC. */
  readonly genesis_time: string;
  /** At most 50 characters. */
  readonly chain_id: string;
  readonly initial_height: string;
  readonly consensus_params?: {
    readonly block: { readonly max_bytes: string; readonly max_gas: string };
    readonly evidence: { readonly max_age_num_blocks: string; readonly max_age_duration: string; readonly max_bytes: string };
    readonly validator: { readonly pub_key_types: readonly string[] };
    readonly version: { readonly app: string };
    readonly abci: { readonly vote_extensions_enable_height: string };
  };
  readonly validators: readonly {
    /** Upper-case hex of the first 20 bytes of SHA-256 of the public key. */
    readonly address: string;
    readonly pub_key: { readonly type: 'tendermint/PubKeyEd25519'; readonly value: string };
    readonly power: string;
    readonly name: string;
  }[];
  readonly app_hash: string;
  readonly app_state: unknown;
}
