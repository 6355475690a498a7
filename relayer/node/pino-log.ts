// The project's Log over pino: one JSON object a line. Integers of any size are written as numbers; fields that could hold a
// secret are struck out whoever logs them.

import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Log } from '../lib/log.ts';
import type { NodeConfig } from './config-schema.ts';

const SECRETS = ['password', 'privateKey', 'private_key', 'seed', 'mnemonic', 'authorization'];

/** A log of this level. Default destination: standard error, as standard output belongs to results. */
export function openLog(level: NodeConfig['log']['level'], to: DestinationStream = destination({ fd: 2, sync: true })): Log {
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

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
