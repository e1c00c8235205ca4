import type { RunBody, RunOrigin, SourceProbe } from '@snoop/snoopdb';

/**
 * The journal of a run: one JSON object per line, only appended. A killed process leaves at most one cut line at the
 * end.
 */

/**
 * `worker-<n>.jsonl`: written by the worker that runs the tests; each line is written before what it describes
 * continues. `try` counts the tries of a test from 1.
 */
export type WorkerLine =
  | { kind: 'worker'; at: string; pid: number; start: string }
  | { kind: 'test'; at: string; test: string; try: number; name: string; file: string; timeoutMs?: number }
  | { kind: 'test-end'; at: string; test: string }
  /** After its hooks and fixtures. Vitest's own result follows in `tests.jsonl`, unless the process is killed before. */
  | { kind: 'test-result'; at: string; test: string; state: 'passed' | 'failed'; error: string | null }
  | { kind: 'step'; at: string; test: string; try: number; step: number; name: string }
  | { kind: 'step-end'; at: string; test: string; step: number; state: 'passed' | 'failed' | 'outlined' }
  | {
      kind: 'sent';
      at: string;
      id: string;
      test: string;
      try: number;
      step: number | null;
      method: string;
      path: string;
      /** The agent of another program's client. */
      agent?: string;
    }
  /** Its body requests a dry run. */
  | { kind: 'dry-run'; at: string; id: string }
  /** Its body may request a dry run and cannot be read. */
  | { kind: 'unread'; at: string; id: string; type: string }
  | { kind: 'answered'; at: string; id: string; status: number }
  /** `beforeAudit`: the HTTP server answered by itself, so there is no audit event. */
  | { kind: 'closed'; at: string; id: string; error: string | null; beforeAudit?: boolean }
  /** The namespace of a test's try, and whether it was created for it. */
  | { kind: 'namespace'; at: string; test: string; name: string; own: boolean }
  /** An object to be removed after the test; and that it is removed, or about to be. */
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
  /** What a test printed, in parts; cut after `maxTestOutputCharacters`. */
  | { kind: 'printed'; test: string; text: string }
  /** An error outside of tests. */
  | { kind: 'error'; file: string | null; line: number | null; message: string };

/** `bodies-<n>.jsonl`: bodies of the worker's requests and answers; deleted when SnoopDB has them. */
export type BodyLine = RunBody;

/** `run.json`: the head of a run, replaced as a whole. Times are ISO 8601. */
export interface RunHead {
  readonly id: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: 'running' | 'passed' | 'failed' | 'interrupted';
  readonly author: string | null;
  readonly agent: string;
  /** The sources of the cluster's events; empty while unknown. */
  readonly sources: readonly string[];
  /** The requests whose events reveal the sources; null or omitted: none were sent. */
  readonly sourceProbe?: SourceProbe | null;
  readonly clusterVersion: string | null;
  readonly clusterServer: string | null;
  readonly origin: RunOrigin;
  /** Paths of test files are relative to it. */
  readonly cwd: string;
  /** The SnoopDB of the run; its journal is imported only there. */
  readonly database: string;
  /** The process that writes this journal; while it lives, no other process imports it. */
  readonly process: { readonly pid: number; readonly start: string };
  /** Machine and state folder, as in the labels of its namespaces. */
  readonly owner: string;
  /** Whether SnoopDB has the whole run. */
  readonly saved: boolean;
}
