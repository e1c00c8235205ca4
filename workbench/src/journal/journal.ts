import { appendFileSync, closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '@snoop/snoopdb';
import type { RunHead, TestLine, WorkerLine } from './journal-lines.ts';
import { createStateFolder } from '../state-folder.ts';

/**
 * The journal of one worker. Lines are written synchronously, so that sent requests are known even if the process is
 * killed.
 */
export interface WorkerJournal {
  /** The worker's number in this run, from 1; part of its Audit-IDs. */
  readonly worker: number;
  write(line: WorkerLine): void;
  close(): void;
}

/**
 * Opens a worker's journal. Creating the file claims its number, so that workers need no coordination.
 *
 * @param folder the run's folder
 */
export function openWorkerJournal(folder: string): WorkerJournal {
  const { worker, file } = claimFile(folder);
  const write = (line: WorkerLine): void => void writeSync(file, `${JSON.stringify(line)}\n`);
  write({ kind: 'worker', at: new Date().toISOString(), ...thisProcess() });
  return {
    worker,
    write,
    close: () => closeSync(file),
  };
}

function claimFile(folder: string): { worker: number; file: number } {
  for (let worker = 1; ; worker += 1) {
    try {
      return { worker, file: openSync(join(folder, `worker-${worker}.jsonl`), 'ax', 0o600) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** The folder of a run's journal. */
export function locateRun(stateFolder: string, runId: string): string {
  return join(stateFolder, 'runs', runId);
}

/** Creates the folder of a run and writes its head. @throws when the run exists already */
export function createJournal(stateFolder: string, head: RunHead): string {
  const folder = locateRun(stateFolder, head.id);
  createStateFolder(stateFolder);
  mkdirSync(join(stateFolder, 'runs'), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { mode: 0o700 });
  writeRunHead(folder, head);
  return folder;
}

/** Replaces the head atomically. */
export function writeRunHead(folder: string, head: RunHead): void {
  const file = join(folder, 'run.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(head, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Appends a line of vitest's results to `tests.jsonl`. */
export function appendTestLine(folder: string, line: TestLine): void {
  appendFileSync(join(folder, 'tests.jsonl'), `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
