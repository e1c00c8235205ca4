import { Worker } from 'node:worker_threads';
import { inject } from 'vitest';
import { SnoopError } from '../errors.ts';
import { openWorkerJournal } from '../journal/journal.ts';
import type { WorkerJournal } from '../journal/journal.ts';
import type { RunContext } from '../journal/run-context.ts';

/** @throws SnoopError `no_run` outside of `snoop test` */
export function readRunContext(testFile: string): RunContext {
  const context: RunContext | undefined = inject('snoopRun');
  if (context) return context;
  throw new SnoopError('no_run', `Run live tests with snoop: npx snoop test ${testFile}`, { exitCode: 2 });
}

const journals = new Map<string, WorkerJournal>();

/** Opens this worker's journal; created with its first test. */
export function openJournalOf(context: RunContext): WorkerJournal {
  const known = journals.get(context.folder);
  if (known) return known;
  const journal = openWorkerJournal(context.folder);
  journals.set(context.folder, journal);
  surviveInterrupt();
  return journal;
}

/**
 * Ignores Ctrl-C, which reaches every process of the terminal: the parent cancels the tests, so that namespaces are
 * removed. When the parent ends, this process ends.
 */
function surviveInterrupt(): void {
  process.on('SIGINT', () => {});
  // Vitest forbids process.exit here.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // A test that blocks the event loop receives no signals.
  const guard = `
    const { workerData: parent } = require('node:worker_threads');
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 500);`;
  new Worker(guard, { eval: true, workerData: process.ppid, execArgv: [] }).unref();
}
