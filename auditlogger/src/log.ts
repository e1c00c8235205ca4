import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export interface LogConfig {
  readonly logLevel: string;
  /** One JSON object per line, or readable text. */
  readonly logFormat: 'json' | 'text';
}

/** Creates the program's log on stdout. Both formats write synchronously, so the last line before an exit is not lost. */
export function createLog({ logLevel, logFormat }: LogConfig): Logger {
  const options = { name: 'auditlogger', level: logLevel };
  if (logFormat === 'json') return pino(options);
  return pino(
    options,
    pretty({ destination: 1, sync: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss.l' }),
  );
}
