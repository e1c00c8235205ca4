import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { findAuditLogs } from '../gate/job/find-audit-logs.ts';

export const command = defineCommand({
  name: 'snoop find-audit-logs',
  title: "find the audit logs of a job's newest successful run; internal, for the jobs of 'snoop gate job'",
  usage: ['snoop find-audit-logs URL'],
  about: 'URL is a periodic job of Prow in Google Cloud Storage. Prints the commit of the run, then one URL a line.',
  flags: {},
  words: '<url>',
  examples: `
snoop find-audit-logs https://storage.example/bucket/logs/job`,
  exitCodes: '0 printed · 2 wrong use · 3 there is none',
  run,
});

async function run({ words: [url = ''] }: Given<Record<string, never>>, context: Context): Promise<number> {
  const { commit, logs } = await findAuditLogs(url, context.signal);
  context.stdout.write([commit, ...logs].map((line) => `${line}\n`).join(''));
  return 0;
}
