import { readFileSync } from 'node:fs';
import { toError } from '@snoop/snoopdb';
import { pino } from 'pino';
import type { Config } from './config.ts';
import { help, readConfig, UsageError } from './config.ts';
import { createIntake } from './intake.ts';
import { startServer } from './server.ts';
import { openStore } from './store.ts';
import { startUpkeep } from './upkeep.ts';

/** What a program ends with; the same for every program of this house. */
type ExitCode = 0 | 2 | 3;

/**
 * The program: reads its configuration, serves until a signal comes, stops in good order.
 * @param argv the arguments without node and the script
 */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let config: Config | 'help' | 'version';
  try {
    config = readConfig(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`auditlogger: ${error.message}\n`);
    return 2;
  }
  if (config === 'help' || config === 'version') {
    process.stdout.write(config === 'help' ? help : `${readVersion()}\n`);
    return 0;
  }
  return serve(config);
}

async function serve(config: Config): Promise<ExitCode> {
  const { databaseUrl, source } = config;
  const log = pino({ name: 'auditlogger', level: config.logLevel });
  const signalled = awaitSignal();
  const store = openStore({ databaseUrl, source, log });
  // Awaited below; until then a rejection is not unhandled, only early.
  store.ended.catch(() => {});
  const upkeep = startUpkeep({ databaseUrl, bounds: config.liveBounds, store, log });
  try {
    const intake = createIntake(store, log);
    const server = await startServer({ ...config.listen, intake, store, version: readVersion(), log });
    log.info({ url: server.url, source }, 'listening');
    try {
      const signal = await Promise.race([signalled, store.ended]);
      log.info({ signal }, 'stopping');
    } finally {
      await server.close();
    }
    log.info('stopped');
    return 0;
  } catch (error) {
    // Also as a plain sentence: who starts the program by hand should not have to read JSON for it.
    const { message } = toError(error);
    log.fatal({ reason: message }, 'cannot go on');
    process.stderr.write(`auditlogger: ${message}\n`);
    return 3;
  } finally {
    await upkeep.stop();
    await store.close();
  }
}

/** The first SIGTERM or SIGINT; a second one ends the process at once, as if nobody listened. */
function awaitSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
