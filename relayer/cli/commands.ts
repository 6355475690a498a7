// All commands, in the order in which `peg --help` lists them.

import type { CommandDefinition } from './command.ts';
import { audit } from './commands/audit.ts';
import { devnet } from './commands/devnet.ts';
import { doctor } from './commands/doctor.ts';
import { events } from './commands/events.ts';
import { explain } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { governContest } from './commands/govern-contest.ts';
import { governCorrect } from './commands/govern-correct.ts';
import { governList } from './commands/govern-list.ts';
import { governPropose } from './commands/govern-propose.ts';
import { governShow } from './commands/govern-show.ts';
import { governVote } from './commands/govern-vote.ts';
import { importCommand } from './commands/import.ts';
import { init } from './commands/init.ts';
import { keysImport } from './commands/keys-import.ts';
import { keysNew } from './commands/keys-new.ts';
import { keysRotate } from './commands/keys-rotate.ts';
import { keysShow } from './commands/keys-show.ts';
import { latchReset } from './commands/latch-reset.ts';
import { latchShow } from './commands/latch-show.ts';
import { limit } from './commands/limit.ts';
import { orderPost } from './commands/order-post.ts';
import { ordersFollow } from './commands/orders-follow.ts';
import { rollback } from './commands/rollback.ts';
import { stake } from './commands/stake.ts';
import { start } from './commands/start.ts';
import { state } from './commands/state.ts';
import { status } from './commands/status.ts';
import { testnet } from './commands/testnet.ts';
import { unstake } from './commands/unstake.ts';
import { validators } from './commands/validators.ts';
import { verify } from './commands/verify.ts';

export const COMMANDS: readonly CommandDefinition[] = [
  devnet,
  init,
  testnet,
  start,
  keysNew,
  keysShow,
  keysImport,
  keysRotate,
  exportCommand,
  importCommand,
  rollback,
  status,
  state,
  events,
  explain,
  limit,
  validators,
  governList,
  governShow,
  governPropose,
  governVote,
  governContest,
  governCorrect,
  verify,
  stake,
  unstake,
  orderPost,
  ordersFollow,
  audit,
  doctor,
  latchShow,
  latchReset,
];
