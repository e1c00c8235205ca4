import type { TestFailure, TestState } from '../results/test-result.ts';
import { cut } from '../text.ts';

export type Attributes = Readonly<Record<string, string>>;

/** A `testcase` while it is read, and what the elements in it say about it. */
export interface OpenCase {
  readonly attributes: Attributes;
  readonly className: string;
  failure: TestFailure | null;
  skipMessage: string | null;
  /** An attempt failed, and a later one passed. */
  hasRetries: boolean;
}

/** States of onsi/ginkgo/v2 `types/types.go`, and what other tools write into `status`. */
const passedStatus = /^(?:|passed|pass|success|ok|run)$/i;
const skippedStatus = /^(?:skipped|skip|disabled|notrun)$/i;

/** Decides the state of a case. An unknown status counts as failed, so that nothing passes by mistake. */
export function judgeCase({ attributes, failure, skipMessage, hasRetries }: OpenCase): TestState {
  const status = (attributes.status ?? '').trim();
  if (failure !== null) return 'failed';
  if (status === 'pending' || skipMessage === 'pending') return 'pending';
  if (skipMessage !== null || skippedStatus.test(status)) return 'skipped';
  if (!passedStatus.test(status)) return 'failed';
  return hasRetries ? 'flaked' : 'passed';
}

/** Describes the failure of a case that has only a status. */
export function describeStatus(status: string): TestFailure {
  const text = `The file has the status '${cut(status, 100)}' and no failure.`;
  return { kind: cut(status, 100), firstLine: text, message: text };
}
