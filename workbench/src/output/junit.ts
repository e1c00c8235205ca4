import { escapeXml, formatElement } from './xml.ts';

export interface JunitCase {
  readonly name: string;
  /** null: unknown, or not a test. */
  readonly ms: number | null;
  /** null: passed. */
  readonly result: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type?: string;
    readonly message: string | null;
    readonly details?: string;
  } | null;
  readonly output: string;
}

export interface JunitSuite {
  readonly name: string;
  readonly properties: readonly (readonly [name: string, value: string])[];
  readonly cases: readonly JunitCase[];
}

/**
 * Formats JUnit XML, as CI systems read it. Valid for Jenkins' schema
 * https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
 *
 * @param root `ms` and `startedAt`, which every suite has, are null if unknown
 */
export function formatJunit(
  root: {
    readonly name: string;
    readonly ms: number | null;
    readonly startedAt: Date | null;
  },
  suites: readonly JunitSuite[],
): string {
  const cases = suites.flatMap((suite) => suite.cases);
  const own = { name: root.name, time: formatSeconds(root.ms) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${formatElement('testsuites', { ...own, ...count(cases) }, [
    ...suites.map((suite) => `\n  ${formatSuite(suite, root.startedAt)}`),
    '\n',
  ])}\n`;
}

function formatSuite({ name, properties, cases }: JunitSuite, startedAt: Date | null): string {
  const times = { time: formatSeconds(sumTimes(cases)), timestamp: startedAt?.toISOString().slice(0, 19) ?? null };
  return formatElement('testsuite', { name, ...count(cases), skipped: countOf(cases, 'skipped'), ...times }, [
    ...(properties.length === 0 ? [] : [`\n    ${formatProperties(properties)}`]),
    ...cases.map((one) => `\n    ${formatCase(name, one)}`),
    '\n  ',
  ]);
}

function formatProperties(properties: JunitSuite['properties']): string {
  return formatElement('properties', {}, [
    ...properties.map(([name, value]) => `\n      ${formatElement('property', { name, value })}`),
    '\n    ',
  ]);
}

function count(cases: readonly JunitCase[]): Record<'tests' | 'failures' | 'errors', number> {
  return { tests: cases.length, failures: countOf(cases, 'failure'), errors: countOf(cases, 'error') };
}

function formatCase(classname: string, { name, ms, result, output }: JunitCase): string {
  const children: string[] = [];
  if (result !== null) {
    const { kind, type = null, message, details } = result;
    children.push(formatElement(kind, { type, message }, details === undefined ? [] : [escapeXml(details)]));
  }
  if (output !== '') children.push(formatElement('system-out', {}, [escapeXml(output)]));
  return formatElement('testcase', { classname, name, time: formatSeconds(ms) }, children);
}

function formatSeconds(ms: number | null): string | null {
  return ms === null ? null : (ms / 1000).toFixed(3);
}

/** null: no time is known. */
function sumTimes(cases: readonly JunitCase[]): number | null {
  const known = cases.flatMap(({ ms }) => ms ?? []);
  return known.length === 0 ? null : known.reduce((sum, ms) => sum + ms, 0);
}

function countOf(cases: readonly JunitCase[], kind: 'failure' | 'error' | 'skipped'): number {
  return cases.filter(({ result }) => result?.kind === kind).length;
}
