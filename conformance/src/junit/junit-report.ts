import type { TestResult, TestState } from '../results/test-result.ts';

/** What a JUnit file says, in its own numbers and in those of its cases. */
export interface JunitReport {
  readonly suites: readonly JunitSuite[];
  /** In the order of the file; attempts at one test are one result. */
  readonly tests: readonly TestResult[];
  /** What belongs to the whole suite: `[BeforeSuite]`, … They are not tests, but a failed one fails the suite. */
  readonly suiteNodes: readonly TestResult[];
  readonly counts: Readonly<Record<TestState, number>>;
  /** Each attempt for itself, and each of several specs with one name: what Ginkgo counts in its log. */
  readonly caseCounts: Readonly<Record<TestState, number>>;
}

export interface JunitSuite {
  readonly name: string;
  /** As the file has it, often without a time zone; null if it has none. */
  readonly timestamp: string | null;
  readonly seconds: number | null;
  /** The file's own counts, which count suite nodes, too. Ginkgo: `disabled` are pending, `skipped` skipped. */
  readonly declared: {
    readonly tests: number | null;
    readonly failures: number | null;
    readonly errors: number | null;
    readonly skipped: number | null;
    readonly disabled: number | null;
  };
  /** For Ginkgo 2: `SuiteSucceeded`, `DryRun`, `FocusStrings`, `SkipStrings`, `FlakeAttempts`, … */
  readonly properties: ReadonlyMap<string, string>;
}

/** Bounds of what is read; larger input is an error with code `too_large`. */
export interface JunitLimits {
  /** Of the XML. */
  readonly bytes: number;
  readonly cases: number;
  readonly suites: number;
  readonly properties: number;
  /** Nested elements. */
  readonly depth: number;
  /** Attributes of an element. */
  readonly attributes: number;
  /** Characters of a name or a property. */
  readonly nameCharacters: number;
  /** Characters of an attribute, comment or text that is read at all; output of tests is not. */
  readonly textCharacters: number;
  /** Characters of a failure that are kept; the rest is dropped without an error. */
  readonly messageCharacters: number;
}

export const junitLimits: JunitLimits = {
  bytes: 64 * 1024 ** 2,
  cases: 100_000,
  suites: 10_000,
  properties: 10_000,
  depth: 32,
  attributes: 64,
  nameCharacters: 64 * 1024,
  textCharacters: 16 * 1024 ** 2,
  messageCharacters: 4096,
};
