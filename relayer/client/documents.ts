// Every document that a node's interface answers with, once: validation, OpenAPI document and TypeScript types are made from
// these schemas. The client imports their types only, so that no validator is loaded into a page.

import { z } from 'zod';

const SAFE = Number.MAX_SAFE_INTEGER;
const hash = (what: string) => z.templateLiteral(['0x', z.string().regex(/[0-9a-f]{64}/)]).describe(what);
const address = (what: string) => z.templateLiteral(['0x', z.string().regex(/[0-9a-f]{40}/)]).describe(what);
const bytes = (what: string) => z.templateLiteral(['0x', z.string().regex(/([0-9a-f]{2})*/)]).describe(what);
const integer = (what: string) => z.int().min(0).max(SAFE).describe(what);
const amount = (what: string) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,77})$/)
    .describe(`${what}, base units as decimal text`);

export const roundDocument = z.strictObject({
  number: integer('0 until the first rebalance'),
  startsAt: integer('Ethereum block after which the round begins'),
  endsAt: integer('last Ethereum block of the round'),
  limit: integer('orders that all limits of the round share'),
});

const usage = z.strictObject({ orders: integer('orders spent in this round'), streams: integer('streams spent in this round') });
const limit = { orderLimit: integer('orders a round'), streamLimit: integer('streams a round') };

export const balanceDocument = z.strictObject({ address: address('staker'), balance: amount('confirmed stake') });
export const limitDocument = z.strictObject({ address: address('poster'), ...limit, usage });

const next = z.union([address('to be given as "after" for the next page'), z.null()]);
export const balancesDocument = z.strictObject({ balances: z.record(z.string(), amount('confirmed stake')), next });
export const limitsDocument = z.strictObject({ limits: z.record(z.string(), z.strictObject({ ...limit, usage })), next });

export const pendingDocument = z
  .record(
    z.string(),
    z.record(
      z.string(),
      z.strictObject({
        staker: address('whose stake changes'),
        type: z.enum(['add', 'remove']),
        amount: amount('what was staked or removed'),
        conf: integer('validators whose vote names the content'),
        power: integer('their power'),
      }),
    ),
  )
  .describe('by Ethereum height, then by event nonce');

export const votesDocument = z
  .record(
    z.string(),
    z.array(
      z.strictObject({
        hash: hash('block hash'),
        nonce: z.union([integer('events of the contract so far'), z.null()]).describe('null for a block without events'),
        accumulator: z.union([hash('fold of all events'), z.null()]),
        conf: integer('validators that voted for it'),
        power: integer('their power'),
        voters: z.array(address('consensus address')),
        missing: z.boolean().describe('events of this content are still to be delivered'),
      }),
    ),
  )
  .describe('by Ethereum height, strongest content first');

export const validatorsDocument = z
  .record(
    z.string(),
    z.looseObject({
      power: integer('voting power'),
      active: z.boolean().describe('in the current set'),
      witness: address('Ethereum account with which it votes'),
      name: z.string(),
      lastProposed: integer('last peg block with transactions that it proposed'),
      lastVoted: integer('peg height of its last vote'),
      totalVotes: integer('Ethereum blocks it has voted for'),
      sequence: integer('of its last vote'),
      witnessedTo: integer('last Ethereum block it has voted for'),
      revisions: integer('votes that replaced an earlier one'),
      publicKey: z.string().describe('ed25519 consensus key, 32 bytes of hex'),
      governSequence: integer('of its last voice on a motion, or contest'),
      unvoted: integer('peg blocks from its last vote to the newest vote of all validators'),
      silentSince: z
        .union([integer('peg height of its last vote'), z.null()])
        .describe('null while it votes, and for who has left; 0: it has never voted'),
    }),
  )
  .describe('by consensus address');

export const paramsDocument = z.looseObject({
  finalityThreshold: integer('Ethereum blocks that must bury a block before it is voted for'),
  periodLength: integer('Ethereum blocks a round'),
  periodLimit: integer('orders a round'),
  maxOrderBytes: integer('largest payload'),
  confirmationThreshold: integer('smallest power that is a quorum'),
});

export const postTotalsDocument = z.strictObject({
  posters: integer('stakers with a limit in the round'),
  orderLimit: integer('sum of their limits'),
  usage: z.strictObject({ orders: integer('accepted in the round'), streams: integer('accepted in the round') }),
  orderCounter: integer('orders accepted since genesis'),
});

const evidence = z.strictObject({
  final: hash('that the peg held for final'),
  attested: hash('that validators attest in its place'),
  power: integer('of these validators'),
  totalPower: integer('of all'),
  voters: z.array(address('consensus address')),
});
const breach = z.union([
  z.strictObject({
    height: integer('Ethereum block'),
    reason: z.string(),
    evidence: z.union([evidence, z.null()]).describe('when validators attest another block'),
  }),
  z.null(),
]);

export const ethereumDocument = z.strictObject({
  nonce: integer('events applied'),
  accumulator: hash('their fold'),
  matureEthBlock: z.union([integer('last final Ethereum block'), z.null()]).describe('null until round 1'),
  matureBlockHash: hash('its hash'),
  startBlock: integer('events count after this block'),
  startBlockHash: hash('its hash'),
  chainId: integer('of Ethereum'),
  stakingContract: address('MakerStaking'),
  breach,
});

export const domainDocument = z.strictObject({
  name: z.string(),
  version: z.string(),
  chainId: integer('of Ethereum'),
  verifyingContract: address('MakerStaking'),
  salt: hash('names the network'),
});

export const finalDocument = z.strictObject({ height: integer('Ethereum height'), hash: hash('final hash') });

/** The whole state; a later version of the network may add to it. */
export const stateDocument = z.looseObject({
  round: roundDocument,
  events: pendingDocument,
  votes: votesDocument,
  final: z.array(finalDocument),
  breach,
  orderIds: z.array(hash('order or stream accepted in this round')),
  balances: z.record(z.string(), amount('confirmed stake')),
  limits: z.record(z.string(), z.strictObject(limit)),
  usage: z.record(z.string(), usage),
  validators: validatorsDocument,
  lastEvent: z.strictObject({ add: integer('height of the last stake'), remove: integer('height of the last removal') }),
  ethereum: z.strictObject({ nonce: integer('events applied'), accumulator: hash('their fold'), matureBlockHash: hash('hash') }),
  consensusParams: paramsDocument,
  orderCounter: integer('orders accepted since genesis'),
  lastBlockHeight: integer('peg height'),
  lastBlockAppHash: hash('app hash after that block'),
  matureEthBlock: z.union([integer('last final Ethereum block'), z.null()]),
});

export const statusDocument = z.strictObject({
  network: z.string().describe('peg chain id'),
  node: z.string().describe('name of the node'),
  height: integer('last peg block'),
  appHash: z.string().describe('in the header of that block: of the state before it'),
  round: roundDocument,
  ethereum: ethereumDocument.extend({
    head: z.union([integer('head that the witness sees'), z.null()]),
    headAgeMs: z.union([integer('milliseconds since that head last changed'), z.null()]),
  }),
  witness: z.union([
    z.strictObject({
      state: z.string().describe('starting, working, silent or latched'),
      silence: z.array(z.strictObject({ code: z.string(), message: z.string() })).describe('what keeps it from voting'),
    }),
    z.null(),
  ]),
  alarms: z.array(z.string()).describe('what an operator must look at'),
});

export const postDocument = z
  .strictObject({
    type: z.enum(['order', 'stream']),
    id: hash('names the order within its round'),
    poster: address('who signed it'),
    round: integer('round it was written in'),
    height: integer('peg block'),
    index: integer('place among the transactions of the block'),
    left: integer('what the poster had left afterwards'),
    size: integer('bytes of the payload'),
    payload: bytes('what the poster wrote'),
    hash: z.string().describe('of the transaction: SHA-256, upper-case hex'),
  })
  .describe('an accepted order or stream');

export const postsDocument = z.strictObject({
  orders: z.array(postDocument).describe('in order of the chain'),
  next: z.union([z.string(), z.null()]).describe('to be given as "after" for the next page'),
  since: z
    .union([integer('peg height'), z.null()])
    .describe('the list is complete from this peg block on; null before the first block'),
});

export const postRequest = z.strictObject({
  tx: z
    .string()
    .min(2)
    .max(590_000)
    .regex(/^0x([0-9a-fA-F]{2})+$/)
    .describe('the signed transaction, 0x and hex digits'),
});

export const postedDocument = z.strictObject({
  id: hash('names the order within its round'),
  hash: z.string().describe('of the transaction: SHA-256, upper-case hex'),
  type: z.enum(['order', 'stream']),
  poster: address('who signed it'),
  round: integer('round it is for'),
});

export const transactionDocument = z.strictObject({
  hash: z.string(),
  height: integer('peg block'),
  index: integer('place in the block'),
  code: integer('0: accepted'),
  codespace: z.string(),
  log: z.string(),
  post: z.union([postDocument, z.null()]).describe('what was accepted, null for a refusal or another kind of transaction'),
});

const proofOperator = z.strictObject({ type: z.string(), key: bytes('of the record'), data: bytes('the proof itself') });

export const proofDocument = z.strictObject({
  height: integer('peg height of the proved state'),
  key: bytes('key of the record'),
  value: bytes('the raw record; empty: there is none, which is what is proved'),
  document: z.union([roundDocument, balanceDocument, limitDocument.omit({ usage: true })]).describe('the record in words'),
  proof: z.array(proofOperator),
  appHash: hash('in the header below: what the proof leads to'),
  header: z.record(z.string(), z.unknown()).describe('header of the block after: its app_hash is that of the proved state'),
  commit: z.record(z.string(), z.unknown()).describe('the signatures of the validators for that header'),
});

export const devnetDocument = z.strictObject({ stakers: z.array(address('a staker, by its number')) });
export const minedStakeDocument = z.strictObject({ transaction: hash('of Ethereum'), block: integer('Ethereum block') });

export const lightBlockDocument = z.strictObject({
  header: z.record(z.string(), z.unknown()),
  commit: z.record(z.string(), z.unknown()).describe('the signatures of the validators for that header'),
  validators: z.array(z.record(z.string(), z.unknown())).describe('of that height, in the order of the signatures'),
});

export const readyDocument = z.strictObject({ ready: z.boolean(), reasons: z.array(z.string()) });
export const aliveDocument = z.strictObject({ status: z.literal('alive') });

export const problemDocument = z
  .strictObject({
    type: z.string().describe('stable; urn:peg:refused:… for refusals by the protocol'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('names the thing it is about'),
    codespace: z.string().optional().describe('of the protocol'),
    code: z.int().min(1).optional().describe('of the protocol'),
  })
  .describe('RFC 9457');

export type DevnetDocument = z.infer<typeof devnetDocument>;
export type MinedStakeDocument = z.infer<typeof minedStakeDocument>;
export type LightBlockDocument = z.infer<typeof lightBlockDocument>;
export type RoundDocument = z.infer<typeof roundDocument>;
export type LimitDocument = z.infer<typeof limitDocument>;
export type DomainDocument = z.infer<typeof domainDocument>;
export type EthereumDocument = z.infer<typeof ethereumDocument>;
export type StatusDocument = z.infer<typeof statusDocument>;
export type PostDocument = z.infer<typeof postDocument>;
export type PostedDocument = z.infer<typeof postedDocument>;
export type TransactionDocument = z.infer<typeof transactionDocument>;
export type ProofDocument = z.infer<typeof proofDocument>;
export type ProblemDocument = z.infer<typeof problemDocument>;
