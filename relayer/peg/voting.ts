// Whether validators vote on Ethereum, as people and programs are told. The peg takes everybody to have come as far as the final
// block, so a witness that has ended does not fall behind as long as the others are a quorum: what shows it is its last accepted
// vote beside the newest one of all. While nobody votes, because Ethereum stands still, nobody is silent.
//
// A vote that comes when all of its blocks are final already is not accepted. Who is always too late to be needed looks like who
// has ended; only its own node can tell the two apart.

/** Peg blocks by which a validator's last vote may be older than the newest of all. */
export const SILENT_AFTER = 64n;

/** What is compared; heights are those of the peg. */
export interface Voter {
  /** In the current set. */
  readonly active: boolean;
  /** Height of the last accepted vote, 0 before the first. */
  readonly lastVoted: bigint;
}

export interface Voting {
  /** Peg blocks from the validator's last vote to the newest of all. */
  readonly unvoted: bigint;
  /** Height of its last vote, where too many have passed without one; undefined for who votes, and for who has left. */
  readonly silentSince: bigint | undefined;
}

/** How each validator votes beside the others, in the same order. */
export function votingOf(voters: readonly Voter[]): readonly Voting[] {
  const newest = voters.reduce((most, { active, lastVoted }) => (active && lastVoted > most ? lastVoted : most), 0n);
  return voters.map(({ active, lastVoted }) => {
    const unvoted = active && newest > lastVoted ? newest - lastVoted : 0n;
    return { unvoted, silentSince: unvoted > SILENT_AFTER ? lastVoted : undefined };
  });
}

/** In words, from the fields of `/validators`. */
export function votingInWords(validator: { readonly active: boolean; readonly silentSince: number | null }): string {
  if (!validator.active) return 'left';
  if (validator.silentSince === null) return 'voting';
  return validator.silentSince === 0 ? 'has never voted' : `silent since peg height ${validator.silentSince}`;
}
