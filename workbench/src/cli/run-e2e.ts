import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { type SuiteRun, runBatches } from '../e2e-suite/run-batches.ts';

export const command = defineCommand({
  name: 'snoop run-e2e',
  title: "run the processes of a plan; internal, started by 'snoop e2e'",
  usage: ['snoop run-e2e <plan> <report folder>'],
  flags: {},
  words: '<plan> <folder>',
  environment: { KUBECONFIG: 'the cluster' },
  examples: 'snoop e2e',
  exitCodes: '0 all specs passed · 1 one failed · 128 + n signal n ended a process',
  run,
});

async function run(
  { words: [file = '', reportFolder = ''] }: Given<Record<string, never>>,
  context: Context,
): Promise<number> {
  const { stdout, signal, environment } = context;
  const plan: SuiteRun = JSON.parse(await readFile(file, 'utf8'));
  await copyFile(file, join(reportFolder, 'plan.json'));
  const count = plan.batches.length;
  endWithParent();
  return runBatches(plan, {
    env: environment.forPrograms,
    reportFolder,
    signal,
    onEnd: (batch, end) => {
      // performE2e reads these lines.
      const failure = signal.aborted ? 'was interrupted' : 'failed';
      const how = end === 0 ? 'passed' : typeof end === 'string' ? `was ended by ${end}` : failure;
      stdout.write(`process ${batch} of ${count} ${how}\n`);
    },
  });
}

const pollMs = 1_000;

/** Interrupts the process group, which is the suite's, when the parent was killed: nothing else would end it. */
function endWithParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(0, 'SIGINT');
  }, pollMs);
  timer.unref();
}
