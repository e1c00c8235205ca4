import type { RunContext } from '../../journal/run-context.ts';

/** What a process that only runs tests has to know. */
export interface IsolatedJob {
  readonly context: RunContext;
  /** Absolute paths. */
  readonly files: readonly string[];
  /** The current folder of the tests. */
  readonly tests: string;
  /** For vite's compiled files. */
  readonly state: string;
  readonly testTimeoutMs: number | null;
  readonly runTimeoutMs: number;
}
