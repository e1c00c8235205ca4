import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { TestLine } from '../journal/journal-lines.ts';
import { describeTestError, shortenTestError } from './readable-errors.ts';

/** A file that could not be run as a whole: a syntax error, no tests in it, a failing hook; or an error outside of any test. */
export interface FileFailure {
  /** null: vitest does not know which file it comes from. */
  readonly file: string | null;
  readonly error: string;
}

/**
 * Vitest reporter that hands on what happens to tests, and collects failures that belong to none. It comes before those
 * that print: they print errors as they are left here.
 */
export class TestResults implements Reporter {
  readonly fileFailures: FileFailure[] = [];
  readonly #write: (line: TestLine) => void;
  readonly #verbose: boolean;
  readonly #collected = new Set<string>();
  readonly #ended = new Set<string>();

  /** @param verbose errors are printed as they were thrown; what is handed on is readable either way */
  constructor(write: (line: TestLine) => void, verbose: boolean) {
    this.#write = write;
    this.#verbose = verbose;
  }

  onTestModuleCollected(module: TestModule): void {
    for (const test of module.children.allTests()) this.#collect(test);
  }

  onTestCaseResult(test: TestCase): void {
    this.#end(test);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        this.#collect(test);
        this.#end(test);
      }
      const suites = [module, ...module.children.allSuites()];
      for (const error of suites.flatMap((suite) => suite.errors())) {
        this.fileFailures.push({ file: module.moduleId, error: this.#read(error) });
      }
    }
    for (const error of unhandled) this.fileFailures.push({ file: null, error: this.#read(error) });
  }

  #read(error: unknown): string {
    const text = describeTestError(error);
    if (!this.#verbose) shortenTestError(error);
    return text;
  }

  #collect(test: TestCase): void {
    if (this.#collected.has(test.id)) return;
    this.#collected.add(test.id);
    this.#write({ kind: 'collected', test: test.id, name: test.fullName, file: test.module.moduleId });
  }

  #end(test: TestCase): void {
    const result = test.result();
    if (result.state === 'pending' || this.#ended.has(test.id)) return;
    this.#ended.add(test.id);
    const times = test.diagnostic();
    this.#write({
      kind: 'result',
      test: test.id,
      state: result.state,
      // Each try of a test has its error, mostly the same one.
      error:
        result.state === 'failed' ? [...new Set(result.errors.map((error) => this.#read(error)))].join('\n') : null,
      startedAt: times ? toIso(times.startTime) : null,
      endedAt: times ? toIso(times.startTime + times.duration) : null,
    });
  }
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
