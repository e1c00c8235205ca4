import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { RunFile, RunRecord } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { RunHead, TestLine, WorkerLine } from './journal-lines.ts';

type RunTest = RunRecord['tests'][number];
type RunStep = RunTest['steps'][number];
type RunRequest = RunRecord['requests'][number];
type RunError = RunRecord['errors'][number];

/** @throws SnoopError `bad_journal` when the folder has no head of a run */
export async function readRunHead(folder: string): Promise<RunHead> {
  try {
    return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
  } catch (error) {
    throw new SnoopError('bad_journal', `${join(folder, 'run.json')} is not the head of a run.`, { cause: error });
  }
}

/**
 * Reads a run from its journal, also while it is running or after its writers were killed: cut lines are skipped, and
 * a request without a line after `sent` has the outcome `unknown`.
 *
 * Tests are numbered from 1 as they appear. The journal only grows, so the numbers never change.
 */
export async function readJournal(folder: string): Promise<RunRecord> {
  const head = await readRunHead(folder);
  const reading = new JournalReader(head);
  for (const line of await readLines<TestLine>(join(folder, 'tests.jsonl'))) reading.addTestLine(line);
  for (const line of await readWorkerLines(folder)) reading.addWorkerLine(line);
  return { ...reading.finish(), files: await readLines<RunFile>(join(folder, 'files.jsonl')) };
}

/** The lines of all workers, one worker after the other. */
export async function readWorkerLines(folder: string): Promise<WorkerLine[]> {
  const lines: WorkerLine[][] = [];
  for (const file of await listWorkerFiles(folder)) lines.push(await readLines<WorkerLine>(join(folder, file)));
  return lines.flat();
}

class JournalReader {
  readonly #head: RunHead;
  readonly #tests = new Map<string, RunTest>();
  readonly #steps = new Map<string, RunStep>();
  readonly #requests = new Map<string, RunRequest>();
  readonly #errors: RunError[] = [];
  readonly #ended = new Set<string>();
  readonly #results = new Map<string, WorkerLine & { kind: 'test-result' }>();

  constructor(head: RunHead) {
    this.#head = head;
  }

  addTestLine(line: TestLine): void {
    if (line.kind === 'collected') {
      this.#addTest(line);
      return;
    }
    if (line.kind === 'error') {
      this.#addError(line);
      return;
    }
    const test = this.#tests.get(line.test);
    if (!test) return;
    if (line.kind === 'printed') {
      test.output = (test.output ?? '') + toStorable(line.text);
      return;
    }
    this.#ended.add(line.test);
    test.state = line.state;
    test.error = line.error === null ? null : toStorable(line.error);
    test.tries = line.tries;
    test.startedAt = toDate(line.startedAt);
    test.endedAt = toDate(line.endedAt);
  }

  addWorkerLine(line: WorkerLine): void {
    if (line.kind === 'test') {
      const test = this.#addTest(line);
      test.startedAt ??= new Date(line.at);
      // Until the test's result arrives, or for good if the process was killed.
      test.tries = Math.max(test.tries, line.try);
      // Of an earlier try.
      this.#results.delete(line.test);
      // Vitest reports an interrupted test as skipped.
      if (this.#head.state === 'interrupted' && test.state === 'skipped') test.state = 'running';
    } else if (line.kind === 'test-end') {
      const test = this.#tests.get(line.test);
      if (test) test.endedAt ??= new Date(line.at);
    } else if (line.kind === 'namespace') {
      const test = this.#tests.get(line.test);
      if (test) Object.assign(test, { namespace: line.name, ownsNamespace: line.own });
    } else if (line.kind === 'test-result') {
      this.#results.set(line.test, line);
    } else if (line.kind === 'step') {
      this.#addStep(line);
    } else if (line.kind === 'step-end') {
      const step = this.#steps.get(`${line.test} ${line.step}`);
      if (step) Object.assign(step, { state: line.state, endedAt: new Date(line.at) });
    } else if (line.kind !== 'worker' && line.kind !== 'created' && line.kind !== 'removed') {
      this.#addRequestLine(line);
    }
  }

  finish(): RunRecord {
    const head = this.#head;
    const isOver = head.state !== 'running' && head.state !== 'interrupted';
    for (const [id, test] of this.#tests) {
      if (this.#ended.has(id)) continue;
      const result = this.#results.get(id);
      // Vitest reports results a little later: too late if the next test kills the process.
      if (result) Object.assign(test, { state: result.state, error: result.error && toStorable(result.error) });
      else if (isOver) endUnfinished(test);
    }
    const active = new Set([...this.#requests.values()].map(({ test }) => test));
    for (const test of this.#tests.values()) if (isOutlined(test) && !active.has(test.test)) test.state = 'outlined';
    return {
      ...head.origin,
      id: head.id,
      author: head.author,
      agent: head.agent,
      sources: head.sources,
      clusterVersion: head.clusterVersion,
      clusterServer: head.clusterServer,
      sourceProbe: head.sourceProbe ?? null,
      startedAt: new Date(head.startedAt),
      endedAt: toDate(head.endedAt),
      state: head.state,
      tests: [...this.#tests.values()],
      requests: [...this.#requests.values()],
      errors: this.#errors,
    };
  }

  #addTest({ test: id, name, file }: { test: string; name: string; file: string }): RunTest {
    const known = this.#tests.get(id);
    if (known) return known;
    const test: RunTest = {
      test: this.#tests.size + 1,
      name: toStorable(name),
      file: shortenPath(file, this.#head.cwd),
      state: 'running',
      error: null,
      tries: 1,
      startedAt: null,
      endedAt: null,
      steps: [],
    };
    this.#tests.set(id, test);
    return test;
  }

  #addError({ file, line, message }: TestLine & { kind: 'error' }): void {
    const named = file === null ? null : shortenPath(file, this.#head.cwd);
    this.#errors.push({ file: named, line, message: toStorable(message) });
  }

  #addStep(line: WorkerLine & { kind: 'step' }): void {
    const test = this.#tests.get(line.test);
    if (!test) return;
    const startedAt = new Date(line.at);
    const step: RunStep = {
      step: line.step,
      try: line.try,
      name: toStorable(line.name),
      state: 'running',
      startedAt,
      endedAt: null,
    };
    test.steps.push(step);
    this.#steps.set(`${line.test} ${line.step}`, step);
  }

  #addRequestLine(line: WorkerLine & { kind: 'sent' | 'dry-run' | 'unread' | 'answered' | 'closed' }): void {
    const at = new Date(line.at);
    if (line.kind === 'sent') {
      const test = this.#tests.get(line.test)?.test;
      if (test === undefined) return;
      const { id: auditId, try: tryNumber, step, method, path, agent } = line;
      this.#requests.set(auditId, {
        ...{ auditId, test, try: tryNumber, step, method, path, sentAt: at, isDryRun: false },
        ...{ status: null, outcome: 'unknown', error: null, answeredAt: null, closedAt: null },
        ...(agent !== undefined && { clientAgent: toStorable(agent) }),
      });
      return;
    }
    const request = this.#requests.get(line.id);
    if (!request) return;
    if (line.kind === 'dry-run') request.isDryRun = true;
    else if (line.kind === 'unread') request.unreadBody = toStorable(line.type);
    else if (line.kind === 'answered') {
      Object.assign(request, { status: line.status, outcome: 'open', answeredAt: at });
    } else if (request.status === null) {
      Object.assign(request, { outcome: 'no answer', error: line.error && toStorable(line.error), closedAt: at });
    } else {
      Object.assign(request, { outcome: line.beforeAudit ? 'before audit' : 'answered', closedAt: at });
    }
  }
}

/** Vitest passed the test, and all its steps are to be written. */
function isOutlined({ state, steps }: RunTest): boolean {
  return state === 'passed' && steps.length > 0 && steps.every((step) => step.state === 'outlined');
}

/** The run is over, and vitest did not report the end of this test. */
function endUnfinished(test: RunTest): void {
  if (test.startedAt === null) {
    test.state = 'skipped';
    return;
  }
  test.state = 'failed';
  test.error = 'The test did not end: the process that ran it has ended.';
}

async function listWorkerFiles(folder: string): Promise<string[]> {
  const number = (name: string): number => Number(/^worker-(\d+)\.jsonl$/.exec(name)?.[1] ?? Number.NaN);
  const files = (await readdir(folder)).filter((name) => !Number.isNaN(number(name)));
  return files.sort((a, b) => number(a) - number(b));
}

/** The complete lines of a journal. */
async function readLines<T>(file: string): Promise<T[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const lines: T[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const parsed: T | null = JSON.parse(line);
      if (typeof parsed === 'object' && parsed !== null) lines.push(parsed);
    } catch {
      // A cut line.
    }
  }
  return lines;
}

/** Paths below the run's folder are relative to it. */
function shortenPath(file: string, cwd: string): string {
  // A command, as of snoop exec.
  if (!isAbsolute(file)) return file;
  const fromCwd = relative(cwd, file);
  return fromCwd.startsWith('..') || isAbsolute(fromCwd) ? file : fromCwd;
}

/** PostgreSQL cannot store this character. */
function toStorable(text: string): string {
  return text.replaceAll('\0', '\u{fffd}');
}

function toDate(iso: string | null): Date | null {
  return iso === null ? null : new Date(iso);
}
