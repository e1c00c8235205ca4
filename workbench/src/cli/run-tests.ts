import { readFile } from 'node:fs/promises';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import type { IsolatedJob } from '../review/isolation/job.ts';
import { runTests } from '../run/run-tests.ts';

export const command = defineCommand({
  name: 'snoop run-tests',
  title: "run the tests of a job; internal, started by 'snoop review --run'",
  usage: ['snoop run-tests <job>'],
  flags: {},
  words: '<job>',
  examples: 'snoop review ticket.md --run',
  exitCodes: '0 all passed · 1 a test failed · 3 they could not run',
  run,
});

async function run({ words: [file = ''] }: Given<Record<string, never>>, context: Context): Promise<number> {
  const job: IsolatedJob = JSON.parse(await readFile(file, 'utf8'));
  const { stderr, progress, signal } = context;
  const { passed } = await runTests(
    {
      stateFolder: job.state,
      files: job.files,
      cwd: job.tests,
      output: stderr,
      progress,
      signal,
      runTimeoutMs: job.runTimeoutMs,
      ...(job.testTimeoutMs !== null && { testTimeoutMs: job.testTimeoutMs }),
    },
    job.context,
  );
  return passed ? 0 : 1;
}
