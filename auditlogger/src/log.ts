import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** The part of the configuration that the log needs. */
export interface LogConfig {
  readonly logLevel: string;
  /** One JSON object a line, or lines for a person. */
  readonly logFormat: 'json' | 'text';
}

/** Makes the program's log, on stdout. Both forms are written at once: the last line before the end is not lost. */
export function createLog({ logLevel, logFormat }: LogConfig): Logger {
  const options = { name: 'auditlogger', level: logLevel };
  if (logFormat === 'json') return pino(options);
  return pino(
    options,
    pretty({ destination: 1, sync: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss.l' }),
  );
}
