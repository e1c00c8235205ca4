import type { UserConsoleLog } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { TestLine } from '../journal/journal-lines.ts';
import { describeError } from './error-place.ts';
import { PrintedOutput } from './printed-output.ts';
import { describeTestError, shortenTestError } from './readable-errors.ts';

/**
 * A vitest reporter that passes on the results of tests and the errors outside of them. It must precede reporters that
 * print, since it shortens the errors.
 */
export class TestResults implements Reporter {
  /** The names of all tests that a name pattern is matched with. */
  readonly names: string[] = [];
  /** The number of errors outside of tests, such as syntax errors, files without tests and unhandled rejections. */
  errors = 0;
  readonly #write: (line: TestLine) => void;
  readonly #verbose: boolean;
  readonly #collected = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #printed = new PrintedOutput();

  /** @param verbose do not shorten the printed errors */
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

  onUserConsoleLog({ taskId: test, content }: UserConsoleLog): void {
    // Without an id, it was printed outside of tests.
    if (test === undefined) return;
    const text = this.#printed.cut(test, content);
    if (text !== '') this.#write({ kind: 'printed', test, text });
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
      // Each try has an error, mostly the same one.
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
