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
  throw new SnoopError('no_run', `A live test belongs to a run of snoop: npx snoop test ${testFile}`, { exitCode: 2 });
}

const journals = new Map<string, WorkerJournal>();

/** The journal of this worker; made with its first test. */
export function openJournalOf(context: RunContext): WorkerJournal {
  const known = journals.get(context.folder);
  if (known) return known;
  const journal = openWorkerJournal(context.folder);
  journals.set(context.folder, journal);
  surviveInterrupt();
  return journal;
}

/**
 * A Ctrl-C reaches every process of the terminal. This one leaves it to its parent, which cancels the tests: so their
 * namespaces are removed before the end. When the parent itself is gone nobody waits for anything here.
 */
function surviveInterrupt(): void {
  process.on('SIGINT', () => {});
  // Vitest lets nobody call process.exit here.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // A test that computes without a pause hears of nothing.
  const guard = `
    const { workerData: parent } = require('node:worker_threads');
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 500);`;
  new Worker(guard, { eval: true, workerData: process.ppid, execArgv: [] }).unref();
}
