import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '@snoop/snoopdb';
import type { WorkerLine } from './journal-lines.ts';

/** A running try of a test. */
export interface RunningTest {
  /** Vitest's id of the test. */
  readonly test: string;
  readonly name: string;
  readonly file: string;
  /** Its start, in milliseconds of the reader's `performance.now()`. */
  readonly sinceMs: number;
  /** null: no timeout. */
  readonly timeoutMs: number | null;
  /** The innermost running step; null: none. */
  readonly step: string | null;
  /** The process that runs it; null: unknown. */
  readonly worker: ProcessIdentity | null;
}

interface WorkerFile {
  offset: number;
  rest: Buffer;
  worker: ProcessIdentity | null;
  readonly running: Map<string, RunningTest & { readonly steps: Map<number, string> }>;
}

const pieceBytes = 1 << 20;

/**
 * Finds the tests that are running now. A worker that computes reports nothing to vitest, not even that its test has
 * started; its journal is written before.
 */
export class RunningTests {
  readonly #folder: string;
  readonly #files = new Map<string, WorkerFile>();

  /** @param folder the run's folder */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads what was written since the last time. */
  list(): RunningTest[] {
    for (const name of this.#listNames()) {
      if (!/^worker-\d+\.jsonl$/.test(name)) continue;
      const file = this.#files.get(name) ?? { offset: 0, rest: Buffer.alloc(0), worker: null, running: new Map() };
      this.#files.set(name, file);
      for (const line of readNewLines(join(this.#folder, name), file)) applyLine(line, file);
    }
    return [...this.#files.values()].flatMap(({ running }) =>
      [...running.values()].map(({ steps, ...test }) => ({ ...test, step: [...steps.values()].at(-1) ?? null })),
    );
  }

  /** The state may have been purged. */
  #listNames(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }
}

function applyLine(line: WorkerLine, file: WorkerFile): void {
  if (line.kind === 'worker') file.worker = { pid: line.pid, start: line.start };
  else if (line.kind === 'test') {
    const { test, name, file: testFile, timeoutMs = null } = line;
    const { worker } = file;
    const began = { test, name, file: testFile, timeoutMs, worker, step: null, steps: new Map<number, string>() };
    file.running.set(test, { ...began, sinceMs: performance.now() });
  } else if (line.kind === 'test-end') file.running.delete(line.test);
  else if (line.kind === 'step') file.running.get(line.test)?.steps.set(line.step, line.name);
  else if (line.kind === 'step-end') file.running.get(line.test)?.steps.delete(line.step);
}

/** Only complete lines; the start of one is kept until its rest arrives. */
function readNewLines(path: string, file: WorkerFile): WorkerLine[] {
  const opened = openSync(path, 'r');
  try {
    const pieces = [file.rest];
    const { size } = fstatSync(opened);
    while (file.offset < size) {
      const piece = Buffer.alloc(Math.min(pieceBytes, size - file.offset));
      const bytes = readSync(opened, piece, 0, piece.length, file.offset);
      if (bytes === 0) break;
      file.offset += bytes;
      pieces.push(piece.subarray(0, bytes));
    }
    const all = Buffer.concat(pieces);
    const end = all.lastIndexOf('\n') + 1;
    file.rest = all.subarray(end);
    return all
      .toString('utf8', 0, end)
      .split('\n')
      .flatMap((text) => (text === '' ? [] : [JSON.parse(text)]));
  } finally {
    closeSync(opened);
  }
}
