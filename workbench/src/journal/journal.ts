import { appendFileSync, closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type RunFile, thisProcess } from '@snoop/snoopdb';
import type { BodyLine, RunHead, TestLine, WorkerLine } from './journal-lines.ts';
import { createStateFolder } from '../state-folder.ts';

/**
 * The journal of one worker. Lines are written synchronously, so that sent requests are known even if the process is
 * killed.
 */
export interface WorkerJournal {
  /** The worker's number in this run, from 1; part of its Audit-IDs. */
  readonly worker: number;
  write(line: WorkerLine): void;
  /** Writes a body; without its content beyond 64 MiB per worker. */
  writeBody(line: BodyLine): void;
  close(): void;
}

/**
 * Opens a worker's journal. Creating the file claims its number, so that workers need no coordination.
 *
 * @param folder the run's folder
 * @param options.isSeparate whether this process only runs tests, so that a sweep may kill it
 */
export function openWorkerJournal(
  folder: string,
  { isSeparate = true }: { readonly isSeparate?: boolean } = {},
): WorkerJournal {
  const { worker, file } = claimFile(folder);
  let isClosed = false;
  const write = (line: WorkerLine): void => {
    // Another file may have its number now.
    if (isClosed) throw new Error(`The journal in ${folder} is closed.`);
    writeSync(file, `${JSON.stringify(line)}\n`);
  };
  if (isSeparate) write({ kind: 'worker', at: new Date().toISOString(), ...thisProcess() });
  let bodies: number | null = null;
  let bodyBytes = 0;
  return {
    worker,
    write,
    writeBody: (line) => {
      if (isClosed) return;
      const text = JSON.stringify(line);
      bodyBytes += text.length;
      const written =
        bodyBytes > maxBodiesBytes ? JSON.stringify({ ...line, body: null, omitted: tooManyBodies }) : text;
      try {
        bodies ??= openSync(join(folder, `bodies-${worker}.jsonl`), 'a', 0o600);
        writeSync(bodies, `${written}\n`);
      } catch {
        // On a full disk the bodies are missing; the next line of the journal fails its request.
      }
    },
    close: () => {
      isClosed = true;
      closeSync(file);
      if (bodies !== null) closeSync(bodies);
    },
  };
}

const maxBodiesBytes = 64 << 20;
const tooManyBodies = 'the bodies of one worker are larger than 64 MiB together';

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

/** Appends a file that tests were loaded from to `files.jsonl`. */
export function appendRunFile(folder: string, file: RunFile): void {
  appendFileSync(join(folder, 'files.jsonl'), `${JSON.stringify(file)}\n`, { mode: 0o600 });
}

/** Appends a line of vitest's results to `tests.jsonl`. */
export function appendTestLine(folder: string, line: TestLine): void {
  appendFileSync(join(folder, 'tests.jsonl'), `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
