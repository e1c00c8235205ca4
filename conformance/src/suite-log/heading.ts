import type { TestState } from '../results/test-result.ts';

/** The line with which Ginkgo reports a spec that is more than a mark. */
export interface Heading {
  readonly state: TestState;
  readonly seconds: number | null;
  /** Whether the next line is the spec's name. Ginkgo 1 writes a name over several lines. */
  readonly isBeforeName: boolean;
}

const seconds = /\[(?:SLOW TEST:)?(\d+(?:\.\d+)?) seconds\]/;

/**
 * Reads `• [0.438 seconds]`, `• [FAILED] [2.1 seconds]`, `↺ [FLAKEY TEST - TOOK 2 ATTEMPTS TO PASS] [3.2 seconds]`,
 * `S [SKIPPED] [0.1 seconds]`, `P [PENDING]` (onsi/ginkgo/v2 `DidRun`), and of Ginkgo 1 `• [SLOW TEST:12.3 seconds]`,
 * `• Failure [2.1 seconds]`, `•! Panic …`, `•... Timeout …`, `S [SKIPPING] …` (`stenographer.go`).
 *
 * @returns null: another line
 */
export function readHeading(line: string): Heading | null {
  const state = findState(line);
  if (state === null) return null;
  const found = seconds.exec(line.slice(0, 200))?.[1];
  const isBeforeName =
    state !== 'pending' && !/^(?:• \[SLOW TEST|• Failure|•! Panic|•\.\.\. Timeout|S \[SKIPPING)/.test(line);
  return { state, seconds: found === undefined ? null : Number(found), isBeforeName };
}

function findState(line: string): TestState | null {
  if (/^S \[SKIPP(?:ED|ING)\]/.test(line)) return 'skipped';
  if (line.startsWith('P [PENDING]')) return 'pending';
  if (/^↺ \[FLAKE?Y TEST/.test(line)) return 'flaked';
  if (/^•(?: Failure| \[[A-Z]+\]|! Panic|\.\.\. Timeout)/.test(line) && !line.startsWith('• [MEASUREMENT]'))
    return 'failed';
  return /^• \[/.test(line) ? 'passed' : null;
}

/** Reads `[BeforeSuite] PASSED [0.1 seconds]` and `[BeforeSuite] [FAILED] [0.1 seconds]`. @returns null: another line */
export function readSuiteNode(line: string): { readonly name: string; readonly hasPassed: boolean } | null {
  const [, name, end] =
    /^\[((?:Synchronized)?(?:Before|After)Suite|Report(?:Before|After)Suite|DeferCleanup \(Suite\))\] (PASSED|\[[A-Z]+\])/.exec(
      line,
    ) ?? [];
  return name === undefined ? null : { name, hasPassed: end === 'PASSED' };
}
