import type { Pool } from '@snoop/snoopdb';
import type { Target } from '../cluster-choice/select-target.ts';
import type { Progress } from '../progress.ts';
import type { TestOutcome } from './documents/suite-results.ts';
import type { AgentPattern } from './documents/test-names.ts';
import type { EarlierRun } from './earlier-run.ts';
import type { RunCounters } from './folder/run-file.ts';
import type { SuiteEnd } from './suite-process.ts';

export interface AuditRunOptions {
  readonly target: Target;
  readonly pool: Pool;
  readonly stateFolder: string;
  /** The folder to write, absolute. */
  readonly out: string;
  readonly command: readonly string[];
  /** The command that a person would run, for run.json and the summary; default: `command`. */
  readonly shownCommand?: readonly string[];
  /** Paths of --junit, absolute. */
  readonly junit: readonly string[];
  /** Of --test-agent; null: only e2e.test agents are tests. */
  readonly pattern: AgentPattern | null;
  readonly compare: string | null;
  /** Of --audit-policy, absolute; null: that of a cluster of ours. */
  readonly policyFile: string | null;
  /** Of --wait. */
  readonly waitMs: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The run that this one continues; null: none. */
  readonly earlier: EarlierRun | null;
  /** Called before and after the suite runs; must not throw. */
  readonly onSuite?: (state: 'begins' | 'ended') => void | Promise<void>;
  /** Reads the suite's JUnit. @throws SnoopError if a file cannot be read */
  readOutcomes(files: readonly string[]): Promise<ReadonlyMap<string, TestOutcome>>;
  /** Says as a sentence which JUnit of the suite is missing; null: none. Omitted: it is unknown what it leaves. */
  readonly findMissingJunit?: (files: readonly string[]) => string | null;
  /** Of --gate: judges the coverage file of a cluster's commit, and returns the exit code; null: not asked. */
  readonly judge: ((coverageFile: string, commit: string | null) => Promise<number>) | null;
}

export interface AuditRunResult {
  readonly complete: boolean;
  readonly reasons: readonly string[];
  readonly counters: RunCounters;
  readonly exitCode: number;
  readonly gateExitCode: number | null;
  /** Says as a sentence how to give names to tests; null: they have names, or nothing was written. */
  readonly advice: string | null;
}

/** How the suite ended. */
export interface RunSuite extends SuiteEnd {
  readonly command: readonly string[];
  readonly seconds: number;
}
