import type { TestState } from '../results/test-result.ts';

/** What a suite's log reports, in its order. */
export type SuiteLogEvent =
  /** `Running Suite: …`, without the folder */
  | { readonly type: 'suite'; readonly name: string }
  /** `Starting e2e run "…"`, which Kubernetes prints in each process */
  | { readonly type: 'run'; readonly id: string }
  | { readonly type: 'version'; readonly of: 'e2e.test' | 'kube-apiserver'; readonly version: string }
  /** `Will run X of Y specs` */
  | { readonly type: 'plan'; readonly willRun: number; readonly total: number | null }
  | { readonly type: 'processes'; readonly count: number }
  | SpecsEnded
  /** A part of the suite itself, such as BeforeSuite. */
  | { readonly type: 'suite-node-ended'; readonly name: string; readonly hasPassed: boolean }
  | ListedFailure
  | SuiteSummary
  /** `Ginkgo ran 1 suite in 2h1m33.6s` */
  | { readonly type: 'ginkgo-ended'; readonly suites: number; readonly duration: string }
  /** `Test Suite Passed` or `Test Suite Failed`, the last line */
  | { readonly type: 'verdict'; readonly hasPassed: boolean };

/** Several specs in a row that are only a character each, or one. */
export interface SpecsEnded {
  readonly type: 'specs-ended';
  readonly state: TestState;
  readonly count: number;
  /** As conformance.yaml has it, of a single spec, if the log has it. A container without a text leaves a second blank. */
  readonly name: string | null;
  readonly seconds: number | null;
}

/** One of `Summarizing N Failures`. */
export interface ListedFailure {
  readonly type: 'failure';
  /** As conformance.yaml has it. */
  readonly name: string;
  readonly isTest: boolean;
  /** `FAIL`, `PANICKED!`, `TIMEDOUT`, …; of Ginkgo 1 `Fail`, `Panic!`, `Timeout...` */
  readonly kind: string;
}

/** `Ran X of Y Specs in Z seconds`, and the line after it. */
export interface SuiteSummary {
  readonly type: 'summary';
  readonly ran: number;
  readonly total: number;
  readonly seconds: number;
  readonly hasSucceeded: boolean;
  /** Beside failed specs: `Interrupted by User`, … */
  readonly reason: string | null;
  /** Null if the line has no counts, since nothing has run. */
  readonly counts: Readonly<Record<TestState, number>> | null;
}
