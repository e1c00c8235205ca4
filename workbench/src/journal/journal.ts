import { appendFileSync, closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '@snoop/snoopdb';
import type { RunHead, TestLine, WorkerLine } from './journal-lines.ts';
import { createStateFolder } from '../state-folder.ts';

/** The journal of one worker. Lines are written at once: what was sent is known even when the process is killed next. */
export interface WorkerJournal {
  /** The worker's number in this run, from 1; part of the Audit-ID of its requests. */
  readonly worker: number;
  write(line: WorkerLine): void;
  close(): void;
}

/**
 * Begins the journal of a worker. The number is claimed by making the file, so that workers need not agree about it.
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

/** Makes the folder of a run and writes its head. @throws when a run with this id is there already */
export function createJournal(stateFolder: string, head: RunHead): string {
  const folder = locateRun(stateFolder, head.id);
  createStateFolder(stateFolder);
  mkdirSync(join(stateFolder, 'runs'), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { mode: 0o700 });
  writeRunHead(folder, head);
  return folder;
}

/** Replaces the head as a whole: a reader sees the old one or the new one. */
export function writeRunHead(folder: string, head: RunHead): void {
  const file = join(folder, 'run.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(head, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Appends to `tests.jsonl` what vitest said of the tests. */
export function appendTestLine(folder: string, line: TestLine): void {
  appendFileSync(join(folder, 'tests.jsonl'), `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
