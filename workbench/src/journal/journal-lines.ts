import type { SourceProbe } from '@snoop/snoopdb';

/**
 * What a run writes down while it goes on: one JSON object a line, appended, never changed. A process that is killed
 * leaves at most one cut line at the end.
 */

/**
 * `worker-<n>.jsonl`: written by the worker that runs the tests, each line before what it tells of goes on. `try` counts
 * the tries of a test from 1.
 */
export type WorkerLine =
  | { kind: 'worker'; at: string; pid: number; start: string }
  | { kind: 'test'; at: string; test: string; try: number; name: string; file: string; timeoutMs?: number }
  | { kind: 'test-end'; at: string; test: string }
  | { kind: 'step'; at: string; test: string; try: number; step: number; name: string }
  | { kind: 'step-end'; at: string; test: string; step: number; state: 'passed' | 'failed' }
  | {
      kind: 'sent';
      at: string;
      id: string;
      test: string;
      try: number;
      step: number | null;
      method: string;
      path: string;
    }
  /** Its body asks for a dry run. */
  | { kind: 'dry-run'; at: string; id: string }
  | { kind: 'answered'; at: string; id: string; status: number }
  /** `beforeAudit`: the HTTP server answered it by itself, so that it leaves no audit event. */
  | { kind: 'closed'; at: string; id: string; error: string | null; beforeAudit?: boolean }
  /** An object of the cluster that is to be removed after the test, and that it is removed, or about to be. */
  | { kind: 'created'; at: string; test: string; path: string; uid: string }
  | { kind: 'removed'; at: string; uid: string };

/** `tests.jsonl`: written by the process that runs vitest. `test` is vitest's id of the test. */
export type TestLine =
  | { kind: 'collected'; test: string; name: string; file: string }
  | {
      kind: 'result';
      test: string;
      state: 'passed' | 'failed' | 'skipped';
      error: string | null;
      tries: number;
      startedAt: string | null;
      endedAt: string | null;
    }
  /** Outside of tests. */
  | { kind: 'error'; file: string | null; line: number | null; message: string };

/** `run.json`: the head of a run, replaced as a whole when it ends. Times are ISO 8601. */
export interface RunHead {
  readonly id: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: 'running' | 'passed' | 'failed' | 'interrupted';
  readonly author: string | null;
  readonly agent: string;
  /** The names under which the cluster's events arrive; none: they are not known yet. */
  readonly sources: readonly string[];
  /** The requests whose events will tell them; null or left out: none were sent. */
  readonly sourceProbe?: SourceProbe | null;
  readonly clusterVersion: string | null;
  readonly clusterServer: string | null;
  /** Test files are named from here. */
  readonly cwd: string;
  /** Which SnoopDB this run belongs to; journals are imported there and nowhere else. */
  readonly database: string;
  /** Who writes this journal; as long as it lives nobody else imports it. */
  readonly process: { readonly pid: number; readonly start: string };
  /** Which machine and state folder it is, as the labels of its namespaces say it. */
  readonly owner: string;
  /** Everything below stands in SnoopDB. */
  readonly saved: boolean;
}
