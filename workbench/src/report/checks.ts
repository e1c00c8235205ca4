import type { EndpointHit, RunCoverage } from '@snoop/snoopdb';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import { describeAnswers } from './answers.ts';

/**
 * Newly hit endpoints: in no conformance test until now; stable and untested until now; either of both, at any level.
 */
export const thresholdKinds = ['conformance', 'stable', 'any'] as const;

export interface Threshold {
  readonly of: (typeof thresholdKinds)[number];
  readonly least: number;
}

/** What a run must reach. Only hits of passed tests count. */
export interface Requirements {
  readonly failUnder: readonly Threshold[];
  /** Names of endpoints. */
  readonly expected: readonly string[];
}

/** The result of one requirement. */
export interface ReportCheck {
  /** `--fail-under stable:2` */
  readonly check: string;
  /** null: passed. */
  readonly failure: string | null;
}

/** Lists the expected endpoints that no request reached; their names may be wrong. */
export function listUnrequested({ endpoints }: Pick<RunCoverage, 'endpoints'>, expected: readonly string[]): string[] {
  const requested = new Set(endpoints.map(({ endpoint }) => endpoint));
  return expected.filter((name) => !requested.has(name));
}

/** @param known names of all endpoints; needed if {@link listUnrequested} lists some */
export function checkCoverage(
  { endpoints }: Pick<RunCoverage, 'endpoints'>,
  { failUnder, expected }: Requirements,
  known: readonly string[],
): ReportCheck[] {
  const passed = endpoints.filter(isHitByPassed);
  return [
    ...failUnder.map(({ of, least }) => {
      const number = passed.filter((hit) => isNew(of, hit)).length;
      const failure = number >= least ? null : `newly hit by passed tests: ${number}, required: ${least}`;
      return { check: `--fail-under ${of}:${least}`, failure };
    }),
    ...expected.map((name) => {
      const found = endpoints.find(({ endpoint }) => endpoint === name);
      return { check: `--expect ${name}`, failure: found ? explainNoHit(found) : explainUnrequested(name, known) };
    }),
  ];
}

function isHitByPassed({ hitsFrom }: EndpointHit): boolean {
  return (hitsFrom.passed ?? 0) > 0;
}

function isNew(of: Threshold['of'], { newToConformance, untestedUntilNow, level }: EndpointHit): boolean {
  if (of === 'conformance') return newToConformance;
  if (of === 'stable') return untestedUntilNow && level === 'stable';
  return untestedUntilNow || newToConformance;
}

function explainNoHit(hit: EndpointHit): string | null {
  if (isHitByPassed(hit)) return null;
  if (hit.hits > 0) return 'only tests that did not pass hit it';
  return `requested without a hit, answered ${describeAnswers(hit.answers)}`;
}

function explainUnrequested(name: string, known: readonly string[]): string {
  if (known.includes(name)) return 'no request reached it';
  return `there is no endpoint '${name}'. ${didYouMean(findNearest(name, known, 3))}`.trimEnd();
}
