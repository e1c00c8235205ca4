import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { TestLine } from '../journal/journal-lines.ts';
import { describeError } from './error-place.ts';
import { describeTestError, shortenTestError } from './readable-errors.ts';

/**
 * Vitest reporter that hands on what happens to tests, and the errors that belong to none. It comes before those that
 * print: they print errors as they are left here.
 */
export class TestResults implements Reporter {
  /** Full names of all tests, as a name pattern is matched with them. */
  readonly names: string[] = [];
  /** How many errors happened outside of tests: a syntax error, no tests in a file, a failing hook, nobody's rejection. */
  errors = 0;
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
        this.#addError(error, module.moduleId);
      }
    }
    for (const error of unhandled) this.#addError(error, null);
  }

  #addError(error: unknown, module: string | null): void {
    this.errors += 1;
    this.#write({ kind: 'error', ...describeError(error, module) });
    if (!this.#verbose) shortenTestError(error);
  }

  #read(error: unknown): string {
    const text = describeTestError(error);
    if (!this.#verbose) shortenTestError(error);
    return text;
  }

  #collect(test: TestCase): void {
    if (this.#collected.has(test.id)) return;
    this.#collected.add(test.id);
    this.names.push(nameForPattern(test));
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
      tries: (times?.retryCount ?? 0) + 1,
      startedAt: times ? toIso(times.startTime) : null,
      endedAt: times ? toIso(times.startTime + times.duration) : null,
    });
  }
}

/** Vitest matches a pattern with the names of suites and test, a space between them. */
function nameForPattern(test: TestCase): string {
  const names = [test.name];
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) names.unshift(parent.name);
  return names.join(' ');
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
