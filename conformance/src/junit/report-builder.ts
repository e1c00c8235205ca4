import { cut } from '../text.ts';
import { parseTestName } from '../results/test-name.ts';
import { countStates, type TestFailure, type TestResult } from '../results/test-result.ts';
import { type Attributes, describeStatus, judgeCase, type OpenCase } from './open-case.ts';
import { describeFailure } from './failure-text.ts';
import type { JunitLimits, JunitReport, JunitSuite } from './junit-report.ts';
import { mergeAttempts, type TestCase } from './merge-attempts.ts';

interface OpenText {
  readonly element: string;
  readonly attributes: Attributes;
  text: string;
}

/** Ends the reading with an error about the place that is being read. */
export interface Refuse {
  broken(reason: string): never;
  tooLarge(reason: string): never;
}

/** Builds a report from the elements of a JUnit file. */
export class ReportBuilder {
  readonly #limits: JunitLimits;
  readonly #refuse: Refuse;
  readonly #suites: { readonly suite: JunitSuite; readonly properties: Map<string, string> }[] = [];
  readonly #openSuites: number[] = [];
  readonly #cases: TestCase[] = [];
  readonly #suiteNodes: TestResult[] = [];
  readonly #names = new Map<string, string>();
  #case: OpenCase | null = null;
  #text: OpenText | null = null;
  #properties = 0;

  constructor(limits: JunitLimits, refuse: Refuse) {
    this.#limits = limits;
    this.#refuse = refuse;
  }

  /** @returns whether the texts in this element are needed */
  open(element: string, attributes: Attributes): boolean {
    if (element === 'testsuite') this.#openSuite(attributes);
    else if (element === 'property' && this.#case === null) this.#addProperty(attributes);
    else if (element === 'testcase') this.#openCase(attributes);
    else if (this.#case !== null) return this.#openInCase(this.#case, element, attributes);
    return false;
  }

  addText(text: string): void {
    if (this.#text === null || this.#case === null) return;
    if (this.#text.element !== 'system-err') this.#text.text += cut(text, this.#room(this.#text));
    else if (/Attempt #\d+ Failed\./.test(text)) this.#case.hasRetries = true;
  }

  close(element: string): void {
    if (element === 'testsuite') this.#openSuites.pop();
    else if (element === 'testcase') this.#closeCase();
    else if (this.#text?.element === element) this.#closeText(this.#text);
  }

  finish(): JunitReport {
    const tests = mergeAttempts(this.#cases);
    return {
      suites: this.#suites.map(({ suite }) => suite),
      tests,
      suiteNodes: this.#suiteNodes,
      counts: countStates(tests),
      caseCounts: countStates(this.#cases),
    };
  }

  #openSuite(attributes: Attributes): void {
    if (this.#suites.length >= this.#limits.suites)
      this.#refuse.tooLarge(`has more than ${this.#limits.suites} suites`);
    const properties = new Map<string, string>();
    const suite: JunitSuite = {
      name: this.#keepName(attributes.name ?? ''),
      timestamp: attributes.timestamp === undefined ? null : cut(attributes.timestamp, 100),
      seconds: readNumber(attributes.time),
      declared: {
        tests: readNumber(attributes.tests),
        failures: readNumber(attributes.failures),
        errors: readNumber(attributes.errors),
        skipped: readNumber(attributes.skipped),
        disabled: readNumber(attributes.disabled),
      },
      properties,
    };
    this.#openSuites.push(this.#suites.length);
    this.#suites.push({ suite, properties });
  }

  #addProperty({ name = '', value = '' }: Attributes): void {
    const properties = this.#currentSuite()?.properties;
    if (properties === undefined) return;
    this.#properties += 1;
    if (this.#properties > this.#limits.properties)
      this.#refuse.tooLarge(`has more than ${this.#limits.properties} properties of suites`);
    properties.set(this.#keepName(name), this.#copyName(value));
  }

  #openCase(attributes: Attributes): void {
    if (this.#case !== null) this.#refuse.broken('has a test case in another one');
    if (this.#countCases() >= this.#limits.cases)
      this.#refuse.tooLarge(`has more than ${this.#limits.cases} test cases`);
    const className = this.#keepName(attributes.classname ?? this.#currentSuite()?.suite.name ?? '');
    this.#case = { attributes, className, failure: null, skipMessage: null, hasRetries: false };
  }

  #openInCase(test: OpenCase, element: string, attributes: Attributes): boolean {
    if (element === 'skipped') test.skipMessage = attributes.message ?? '';
    // Of Maven Surefire: attempts that failed before one passed.
    if (element === 'flakyFailure' || element === 'flakyError') test.hasRetries = true;
    const isFailure = element === 'failure' || element === 'error';
    // Without its text, in case the element holds others.
    if (isFailure) test.failure ??= this.#describe(element, attributes, '');
    const isRetriedByGinkgo = Number(this.#currentSuite()?.properties.get('FlakeAttempts') ?? 0) > 0;
    if (!isFailure && !(element === 'system-err' && isRetriedByGinkgo)) return false;
    this.#text = { element, attributes, text: '' };
    return true;
  }

  #closeText({ element, attributes, text }: OpenText): void {
    this.#text = null;
    if (this.#case !== null && element !== 'system-err') this.#case.failure = this.#describe(element, attributes, text);
  }

  #describe(element: string, attributes: Attributes, text: string): TestFailure {
    const kind = cut(attributes.type || element, 100);
    return describeFailure(kind, attributes.message ?? '', text, this.#limits.messageCharacters);
  }

  #closeCase(): void {
    const test = this.#case;
    if (test === null) return;
    this.#case = null;
    const originalName = this.#copyName(test.attributes.name ?? '');
    const { name, isTest } = parseTestName(originalName);
    const state = judgeCase(test);
    const one: TestCase = {
      name: name === originalName ? originalName : cut(name, name.length),
      originalName,
      className: test.className,
      state,
      seconds: readNumber(test.attributes.time),
      failure: test.failure ?? (state === 'failed' ? describeStatus(test.attributes.status ?? '') : null),
    };
    if (isTest) this.#cases.push(one);
    else this.#suiteNodes.push({ ...one, attempts: 1 });
  }

  #currentSuite() {
    return this.#suites[this.#openSuites.at(-1) ?? -1];
  }

  #countCases(): number {
    return this.#cases.length + this.#suiteNodes.length;
  }

  /** How many characters of a failure's text are kept before it is described. */
  #room({ text }: OpenText): number {
    return Math.max(0, 16 * this.#limits.messageCharacters - text.length);
  }

  /** Keeps one copy of a text that many elements have. */
  #keepName(text: string): string {
    const kept = this.#names.get(text) ?? this.#copyName(text);
    this.#names.set(kept, kept);
    return kept;
  }

  #copyName(text: string): string {
    const { nameCharacters } = this.#limits;
    if (text.length > nameCharacters)
      this.#refuse.tooLarge(`has a name or property with more than ${nameCharacters} characters`);
    return cut(text, text.length);
  }
}

/** Some tools write a comma for each thousand. @returns null: none, or not a number from 0 on */
function readNumber(text: string | undefined): number | null {
  const number = Number((text ?? '').replaceAll(',', '') || Number.NaN);
  return Number.isFinite(number) && number >= 0 ? number : null;
}
