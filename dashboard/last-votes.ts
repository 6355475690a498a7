// Since when validators are silent. The peg takes everybody to have come as far as the final block, so a validator that has
// ended does not fall behind as long as the others are a quorum: it shows in that blocks become final without a vote of its own.

/** The last vote of a validator that the page saw. */
export interface LastVote {
  /** Peg height. */
  readonly height: number;
  /** Ethereum's final block when the page saw it first. */
  readonly final: number;
}

export type LastVotes = Readonly<Record<string, LastVote>>;

/** What is known after one more look. */
export function noteVotes(
  known: LastVotes,
  validators: Readonly<Record<string, { readonly lastVoted: number }>>,
  final: number,
): LastVotes {
  return Object.fromEntries(
    Object.entries(validators).map(([address, { lastVoted: height }]) => {
      const last = known[address];
      return [address, last?.height === height ? last : { height, final }];
    }),
  );
}
