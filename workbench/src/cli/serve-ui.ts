import { setTimeout as wait } from 'node:timers/promises';
import { defineCommand, type Given, valueFlag } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { createProgress } from '../progress.ts';
import { parsePort } from '../ui/access/listen-address.ts';
import { runPage } from '../ui/run-page.ts';

const flags = {
  state: valueFlag('--state <DIR>', 'the state folder').needed(),
  port: valueFlag('--port <PORT>', 'on 127.0.0.1', parsePort).needed(),
};

export const command = defineCommand({
  name: 'snoop serve-ui',
  title: "serve the page of DATABASE_URL; internal, started by 'snoop up'",
  usage: ['snoop serve-ui --state DIR --port PORT'],
  flags,
  environment: { DATABASE_URL: 'the SnoopDB of the page' },
  examples: 'snoop up',
  exitCodes: '0 it was stopped · 2 wrong use, or the port is in use · 3 could not do it',
  run,
});

const checkMs = 1000;

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, stderr, signal } = context;
  const log = (text: string): void => void stderr.write(`${new Date().toISOString()} ${text}\n`);
  const orphaned = new AbortController();
  void awaitOrphaned(signal).then(() => orphaned.abort());
  await runPage(
    { environment, progress: { ...createProgress(stderr, false), print: log } },
    {
      stateFolder: values.state,
      databaseUrl: environment.databaseUrl ?? undefined,
      address: { host: '127.0.0.1', port: values.port },
      token: null,
      onReady: ({ url }) => log(`serving ${url}`),
      signal: AbortSignal.any([signal, orphaned.signal]),
    },
  );
  return 0;
}

/** Resolves when the process that started this one has ended: it may have been killed. */
async function awaitOrphaned(signal: AbortSignal): Promise<void> {
  const parent = process.ppid;
  while (process.ppid === parent && !signal.aborted) await wait(checkMs, undefined, { ref: false });
}
