import { parseFailedName, parseTestName } from '../results/test-name.ts';
import type { TestState } from '../results/test-result.ts';
import { cut } from '../text.ts';
import type { SuiteLogEvent } from './events.ts';
import { type Heading, readHeading, readSuiteNode } from './heading.ts';
import { LogLines, type LogPart } from './lines.ts';
import { SummaryReader } from './summary-reader.ts';

const nameCharacters = 2000;
const stateOfMark: Readonly<Record<string, TestState>> = { '•': 'passed', S: 'skipped', P: 'pending' };

/**
 * Reads the log of an e2e suite while it grows: Ginkgo 1 and 2, serial and parallel, with and without `-v` and colors. Every
 * chunk returns what it completes, so a reader needs little memory for logs of any size.
 *
 * The counts of specs are for progress: what specs print can look like a mark. The summary is the suite's own.
 */
export class SuiteLogReader {
  readonly #lines = new LogLines();
  /** The last line that says something, for runs without progress; cut at 500 characters. */
  lastLine = '';
  /** With `-v` the spec's name comes before its output. */
  #title: string | null = null;
  #previous: 'delimiter' | 'title' | 'other' = 'other';
  /** A heading whose name is on the next line. */
  #untitled: Heading | null = null;
  #isInFailures = false;
  readonly #summary = new SummaryReader();
  /** Kubernetes before 1.25 prints each spec that has run as JSON, too. */
  #hasJson = false;

  feed(chunk: Uint8Array): SuiteLogEvent[] {
    return this.#lines.feed(chunk).flatMap((part) => this.#read(part));
  }

  /** Reads what is left when the log has ended. */
  end(): SuiteLogEvent[] {
    return [...this.#lines.end().flatMap((part) => this.#read(part)), ...this.#endUntitled(null)];
  }

  #read(part: LogPart): SuiteLogEvent[] {
    if (part.kind === 'marks') return [...this.#endUntitled(null), ...this.#readMarks(part.marks)];
    const text = part.text.trim();
    if (text === '') return [];
    this.lastLine = text.slice(0, 500);
    return part.text.startsWith(' ') || part.text.startsWith('\t') ? this.#readIndented(text) : this.#readLine(text);
  }

  #readMarks(marks: string): SuiteLogEvent[] {
    this.#previous = 'other';
    const title = marks.length === 1 ? this.#takeTitle() : null;
    return [...marks.matchAll(/(.)\1*/gsu)].flatMap(([run, mark = '']) => {
      const state = stateOfMark[mark];
      return state === undefined ? [] : this.#endSpecs(state, run.length, title, null);
    });
  }

  #readIndented(text: string): SuiteLogEvent[] {
    if (this.#isInFailures) return readListedFailure(text);
    // Ginkgo 1 writes the leaf of a title indented, on a line below the containers.
    if (this.#previous === 'title' && this.#title !== null && !isLocation(text)) this.#title += ` ${text}`;
    this.#previous = 'other';
    return readKubernetes(text);
  }

  #readLine(text: string): SuiteLogEvent[] {
    const previous = this.#previous;
    this.#previous = 'other';
    if (/^-{30}$/.test(text)) {
      this.#previous = 'delimiter';
      return this.#endUntitled(null);
    }
    if (this.#untitled !== null) return this.#endUntitled(text);
    const heading = readHeading(text);
    if (heading !== null) return this.#readHeading(heading);
    const node = readSuiteNode(text);
    if (node !== null) {
      this.#title = null;
      return [{ type: 'suite-node-ended', ...node }];
    }
    const json = this.#readJson(text);
    if (json !== null) return json;
    const events = [...this.#readSuite(text), ...readKubernetes(text)];
    if (events.length === 0 && previous === 'delimiter') {
      this.#title = cut(text, nameCharacters);
      this.#previous = 'title';
    }
    return events;
  }

  #readHeading(heading: Heading): SuiteLogEvent[] {
    const title = this.#takeTitle();
    if (title !== null || !heading.isBeforeName) return this.#endSpecs(heading.state, 1, title, heading.seconds);
    this.#untitled = heading;
    return [];
  }

  #endUntitled(title: string | null): SuiteLogEvent[] {
    const heading = this.#untitled;
    this.#untitled = null;
    if (heading === null) return [];
    return this.#endSpecs(heading.state, 1, title, heading.seconds);
  }

  #endSpecs(state: TestState, count: number, title: string | null, seconds: number | null): SuiteLogEvent[] {
    if (this.#hasJson && (state === 'passed' || state === 'failed')) return [];
    const { name, isTest } =
      title === null ? { name: null, isTest: true } : parseFailedName(cut(title, nameCharacters));
    return isTest ? [{ type: 'specs-ended', state, count, name, seconds }] : [];
  }

  /** Reads what kubernetes/kubernetes `test/e2e/reporters/progress.go` printed, also behind a mark: `•{"msg":"PASSED …` */
  #readJson(text: string): SuiteLogEvent[] | null {
    const [, message] = /^•?\{"msg":("(?:[^"\\]|\\.)*"),"total":\d+,"completed":\d+/.exec(text) ?? [];
    if (message === undefined) return null;
    this.#hasJson = true;
    this.#title = null;
    const [, state, name] = /^(PASSED|FAILED) (.+)$/s.exec(parseJsonString(message)) ?? [];
    if (name === undefined) return [];
    return [
      {
        type: 'specs-ended',
        state: state === 'PASSED' ? 'passed' : 'failed',
        count: 1,
        name: parseTestName(cut(name, nameCharacters)).name,
        seconds: null,
      },
    ];
  }

  #readSuite(text: string): SuiteLogEvent[] {
    if (this.#isInFailures && text.startsWith('[')) return readListedFailure(text);
    const [, suite] = /^Running Suite: (.+?)(?: - \/.*)?$/s.exec(text) ?? [];
    if (suite !== undefined) return [{ type: 'suite', name: cut(suite, nameCharacters) }];
    const [, willRun, of] = /^Will run (\d+)(?: of (\d+))? specs$/.exec(text) ?? [];
    if (willRun !== undefined)
      return [{ type: 'plan', willRun: Number(willRun), total: of === undefined ? null : Number(of) }];
    const [, processes] = /^Running in parallel across (\d+) (?:processes|nodes)$/.exec(text) ?? [];
    if (processes !== undefined) return [{ type: 'processes', count: Number(processes) }];
    if (/^Summarizing \d+ Failures?:$/.test(text)) this.#isInFailures = true;
    return this.#readEnd(text);
  }

  #readEnd(text: string): SuiteLogEvent[] {
    const [, suites, duration] = /^Ginkgo ran (\d+) suites? in (\S+)$/.exec(text) ?? [];
    if (suites !== undefined && duration !== undefined)
      return [{ type: 'ginkgo-ended', suites: Number(suites), duration: duration.slice(0, 100) }];
    const [, verdict] = /^Test Suite (Passed|Failed)$/.exec(text) ?? [];
    if (verdict !== undefined) return [{ type: 'verdict', hasPassed: verdict === 'Passed' }];
    const summary = this.#summary.read(text);
    if (this.#summary.hasBegun) this.#isInFailures = false;
    return summary === null ? [] : [summary];
  }

  #takeTitle(): string | null {
    const title = this.#title;
    this.#title = null;
    return title;
  }
}

function readListedFailure(text: string): SuiteLogEvent[] {
  const [, kind, name] =
    /^\[(FAIL|PANICKED!|ABORTED|TIMEDOUT|INTERRUPTED|Fail|Panic!|Timeout\.\.\.)\] (.+)$/s.exec(text) ?? [];
  if (kind === undefined || name === undefined) return [];
  return [{ type: 'failure', kind, ...parseFailedName(cut(name, nameCharacters)) }];
}

/** Lines of kubernetes/kubernetes `test/e2e/e2e.go`, behind a time. */
function readKubernetes(text: string): SuiteLogEvent[] {
  if (!text.includes(' version: ') && !text.includes('Starting e2e run ')) return [];
  const [, of, version] = /(?:^|[ \]])(e2e test|kube-apiserver) version: (\S{1,100})$/.exec(text) ?? [];
  if (version !== undefined)
    return [{ type: 'version', of: of === 'e2e test' ? 'e2e.test' : 'kube-apiserver', version }];
  const [, id] = /\bStarting e2e run "([^"]{1,100})" on Ginkgo node \d+$/.exec(text) ?? [];
  return id === undefined ? [] : [{ type: 'run', id }];
}

function parseJsonString(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    // An escape that JSON does not have.
    return text.slice(1, -1);
  }
}

function isLocation(text: string): boolean {
  return /\.go:\d+$/.test(text);
}
