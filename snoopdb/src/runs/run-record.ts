export type RunState = 'running' | 'passed' | 'failed' | 'interrupted';
/** `outlined`: all its steps are to be written, and it sent no request. */
export type TestState = 'passed' | 'failed' | 'skipped' | 'running' | 'outlined';
/** `outlined`: to be written. */
export type StepState = 'passed' | 'failed' | 'running' | 'outlined';
export type RequestOutcome = 'answered' | 'before audit' | 'open' | 'no answer' | 'unknown';

/** A longer output of a test is cut. */
export const maxTestOutputCharacters = 65_536;

export interface RunStep {
  step: number;
  /** Try of its test, from 1. */
  try: number;
  name: string;
  state: StepState;
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface RunTest {
  test: number;
  name: string;
  file: string;
  state: TestState;
  error: string | null;
  /** Number of tries; all but the last failed. */
  tries: number;
  /** Of its last try; null or omitted: none. */
  namespace?: string | null;
  /** Whether the namespace was created for this test. */
  ownsNamespace?: boolean;
  startedAt: Date | null;
  endedAt: Date | null;
  /** What it printed, up to `maxTestOutputCharacters`; null or omitted: nothing. */
  output?: string | null;
  steps: RunStep[];
}

export interface RunRequest {
  auditId: string;
  test: number;
  /** Try of its test, from 1. */
  try: number;
  step: number | null;
  method: string;
  /** With the query. */
  path: string;
  status: number | null;
  outcome: RequestOutcome;
  error: string | null;
  /** Whether its body requests a dry run, which events at level Metadata do not show. */
  isDryRun: boolean;
  /**
   * Content type of a body that may request a dry run and could not be read: the request does not count as a hit. null or
   * omitted: none.
   */
  unreadBody?: string | null;
  /** User agent of the client that `snoop exec` ran; null or omitted: it sent none, or this is a live test's request. */
  clientAgent?: string | null;
  sentAt: Date;
  answeredAt: Date | null;
  closedAt: Date | null;
}

/** An error of a run outside its tests: a file that did not load, a failed hook, an uncaught error. */
export interface RunError {
  /** null: unknown. */
  file: string | null;
  line: number | null;
  message: string;
}

/** Requests whose events show the sources of a run's cluster: only its API servers can know their random paths. */
export interface SourceProbe {
  /** Audit-ID of all probes. */
  auditId: string;
  /** SHA-256 (hex) of path and query of each probe, as the API server sees them. */
  digests: readonly string[];
}

/** A file that a run's tests were loaded from, as it was then. */
export interface RunFile {
  file: string;
  /** null: omitted. */
  content: string | null;
  /** Why the content is not stored. */
  omitted: string | null;
}

/** The body of a request or of its answer, with values of Secrets, tokens and passwords replaced by their length. */
export interface RunBody {
  auditId: string;
  direction: 'request' | 'answer';
  /** Parsed JSON; null: omitted. */
  body: unknown;
  /** Size of the body as it was sent, uncompressed. */
  bytes: number;
  /** Why it is not stored. */
  omitted: string | null;
}

/** What a run ran with. */
export interface RunOrigin {
  /** The command line, without passwords. */
  command: string | null;
  snoopVersion: string | null;
  nodeVersion: string | null;
  /** Of @kubernetes/client-node. */
  clientVersion: string | null;
  /** Of the folder in which the command ran; null: no git work tree. */
  gitCommit: string | null;
  gitDirty: boolean | null;
}

/** A run, read from the workbench's journal. */
export interface RunRecord extends Partial<RunOrigin> {
  id: string;
  author: string | null;
  agent: string;
  /** Sources of the cluster's events, one for each kube-apiserver; empty: unknown. */
  sources: readonly string[];
  clusterVersion: string | null;
  clusterServer: string | null;
  /** null or undefined: no probes were sent. */
  sourceProbe?: SourceProbe | null;
  startedAt: Date;
  endedAt: Date | null;
  state: RunState;
  tests: RunTest[];
  requests: RunRequest[];
  /** In the order in which they were reported. */
  errors: RunError[];
  files?: RunFile[];
}
