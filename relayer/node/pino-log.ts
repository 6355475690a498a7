// The project's Log over pino: one JSON object a line. Integers of any size are written as numbers; fields that could hold a
// secret are struck out whoever logs them.

import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Log } from '../lib/log.ts';
import type { NodeConfig } from './config-schema.ts';

const SECRETS = ['password', 'privateKey', 'private_key', 'seed', 'mnemonic', 'authorization'];

/** Characters that wait while nothing can be written; what comes beyond them is lost. */
const MOST_WAITING = 1_048_576;

/** A log of this level. Default destination: standard error, as standard output belongs to results. */
export function openLog(level: NodeConfig['log']['level'], to: DestinationStream = standardError()): Log {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`]);
  const logger = pino(
    {
      level,
      base: null,
      redact: { paths, censor: '[secret]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
  return wrap(logger);
}

/** A node goes on when its log cannot be written: the disk may be full because of the log. */
function standardError(): DestinationStream {
  const stream = destination({ fd: 2, sync: true, maxLength: MOST_WAITING });
  stream.on('error', () => {});
  return stream;
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
