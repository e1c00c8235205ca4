import { type Bytes, readChunks } from '../chunks.ts';
import { countStates, type TestState } from '../results/test-result.ts';
import type { ListedFailure, SuiteLogEvent, SuiteSummary } from './events.ts';
import { SuiteLogReader } from './suite-log-reader.ts';

/** What a suite's log reports, all together. */
export interface SuiteLog {
  readonly suite: string | null;
  /** Of the first process. */
  readonly runId: string | null;
  readonly versions: { readonly 'e2e.test': string | null; readonly 'kube-apiserver': string | null };
  readonly plan: { readonly willRun: number; readonly total: number | null } | null;
  readonly processes: number;
  /** Specs that ended, as counted from their lines; the summary has the suite's own counts. */
  readonly ended: Readonly<Record<TestState, number>>;
  /** Of parts of the suite itself that failed: `BeforeSuite`, … */
  readonly failedSuiteNodes: readonly string[];
  readonly failures: readonly ListedFailure[];
  /** Several: the log holds more than one run. None: it is cut, or the suite did not end. */
  readonly summaries: readonly SuiteSummary[];
  readonly ginkgoEnded: { readonly suites: number; readonly duration: string } | null;
  /** Of all suites in the log; null: the log does not have the last line. */
  readonly hasPassed: boolean | null;
  readonly lastLine: string;
  /** Whether the log has more failures or summaries than are kept. */
  readonly isShortened: boolean;
}

const keptFailures = 10_000;
const keptSummaries = 100;

/** Puts events together, one by one: for progress, and for the whole log. */
export class SuiteLogSummary {
  #suite: string | null = null;
  #runId: string | null = null;
  #plan: SuiteLog['plan'] = null;
  #processes = 1;
  #ginkgoEnded: SuiteLog['ginkgoEnded'] = null;
  #hasPassed: boolean | null = null;
  #isShortened = false;
  readonly #versions = new Map<string, string>();
  readonly #ended = countStates([]);
  readonly #failedSuiteNodes: string[] = [];
  readonly #failures: ListedFailure[] = [];
  readonly #summaries: SuiteSummary[] = [];

  add(event: SuiteLogEvent): void {
    if (event.type === 'specs-ended') this.#ended[event.state] += event.count;
    else if (event.type === 'suite') this.#suite ??= event.name;
    else if (event.type === 'run') this.#runId ??= event.id;
    else if (event.type === 'version') this.#versions.set(event.of, event.version);
    else if (event.type === 'plan') this.#plan = { willRun: event.willRun, total: event.total };
    else if (event.type === 'processes') this.#processes = event.count;
    else if (event.type === 'failure') this.#keep(this.#failures, event, keptFailures);
    else if (event.type === 'summary') this.#keep(this.#summaries, event, keptSummaries);
    else if (event.type === 'ginkgo-ended') this.#ginkgoEnded = { suites: event.suites, duration: event.duration };
    else if (event.type === 'verdict') this.#hasPassed = this.#hasPassed !== false && event.hasPassed;
    else if (!event.hasPassed) this.#keep(this.#failedSuiteNodes, event.name, keptFailures);
  }

  /** @param lastLine of the reader */
  read(lastLine: string): SuiteLog {
    return {
      suite: this.#suite,
      runId: this.#runId,
      versions: {
        'e2e.test': this.#versions.get('e2e.test') ?? null,
        'kube-apiserver': this.#versions.get('kube-apiserver') ?? null,
      },
      plan: this.#plan,
      processes: this.#processes,
      ended: { ...this.#ended },
      failedSuiteNodes: [...this.#failedSuiteNodes],
      failures: [...this.#failures],
      summaries: [...this.#summaries],
      ginkgoEnded: this.#ginkgoEnded,
      hasPassed: this.#hasPassed,
      lastLine,
      isShortened: this.#isShortened,
    };
  }

  #keep<T>(list: T[], value: T, limit: number): void {
    if (list.length < limit) list.push(value);
    else this.#isShortened = true;
  }
}

/**
 * Reads the whole log of an e2e suite, of any size, with bounded memory. A log of anything else has neither plan nor
 * summary.
 *
 * @throws ConformanceError `unreadable_results`: the stream failed
 */
export async function readSuiteLog(input: Bytes, { name = 'log' }: { readonly name?: string } = {}): Promise<SuiteLog> {
  const reader = new SuiteLogReader();
  const summary = new SuiteLogSummary();
  for await (const chunk of readChunks(input, name)) for (const event of reader.feed(chunk)) summary.add(event);
  for (const event of reader.end()) summary.add(event);
  return summary.read(reader.lastLine);
}
