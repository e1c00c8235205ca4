import type { CoveredTest, EndpointHit, RunError } from '@snoop/snoopdb';
import { conformanceMark, untestedMark } from './endpoint-marks.ts';
import type { Report } from './report.ts';
import { count } from '../output/quantities.ts';
import { countOrigins, describeOrigin } from './hit-origins.ts';

const stateWords = {
  ...{ passed: 'passed', failed: 'failed', outlined: 'outlined', skipped: 'skipped' },
  ...{ running: 'unfinished', unknown: 'by name' },
} as const satisfies Record<CoveredTest['state'], string>;

/** `5 passed, 1 failed, 2 skipped` */
export function describeTests({ tests, errors }: Pick<Report, 'tests' | 'errors'>): string {
  const parts = Object.entries(stateWords).flatMap(([state, word]) => {
    const number = tests.filter((test) => test.state === state).length;
    return number === 0 ? [] : [`${number} ${word}`];
  });
  if (parts.length === 0) parts.push('no test');
  if (errors.length > 0) parts.push(`${count(errors.length, 'error')} outside of tests`);
  return parts.join(', ');
}

/** The place of an error outside of tests: `a.live.ts:3` */
export function describePlace({ file, line }: Pick<RunError, 'file' | 'line'>): string {
  return file === null ? 'unknown place' : `${file}${line === null ? '' : `:${line}`}`;
}

/** Of an outlined step. */
export const toBeWritten = 'to be written';

export const stepColumns = ['step', 'requests', ''] as const;

/** Lists the steps of a test, with the try if there were several. */
export function listStepRows({ steps, tries }: CoveredTest): string[][] {
  return steps.map(({ name, requests, state, try: tryNumber }) => [
    name,
    String(requests),
    [...(tries > 1 ? [`try ${tryNumber}`] : []), ...describeStep(state)].join(', '),
  ]);
}

function describeStep(state: CoveredTest['steps'][number]['state']): string[] {
  if (state === 'passed') return [];
  return [state === 'outlined' ? toBeWritten : state];
}

/** Whether a test was skipped and did nothing. */
export function wasSkipped({ state, steps, endpoints }: CoveredTest): boolean {
  return state === 'skipped' && steps.length === 0 && endpoints.length === 0;
}

/** `passed`, `passed on try 3`, `failed, tried 3 times` */
export function describeEnd({ state, tries }: CoveredTest): string {
  if (state === 'unknown') return 'result unknown';
  if (tries === 1) return state;
  return state === 'passed' ? `passed on try ${tries}` : `${state}, tried ${tries} times`;
}

/** The endpoints that a test or a try hit with success. */
export interface EndpointTable {
  /** null: there was one try. */
  readonly heading: string | null;
  readonly hits: readonly EndpointHit[];
  /** `2 endpoints hit, 1 of them untested until now` */
  readonly summary: string;
}

/** Creates one table, or one for each try of a test. */
export function createEndpointTables(test: CoveredTest, { passedOnly }: Pick<Report, 'passedOnly'>): EndpointTable[] {
  if (test.state === 'outlined') return [{ heading: null, hits: [], summary: `All its steps are ${toBeWritten}.` }];
  const makeTable = (endpoints: readonly EndpointHit[], heading: string | null, passed: boolean): EndpointTable => {
    const hits = endpoints.filter((hit) => hit.hits > 0);
    return { heading, hits, summary: passedOnly && !passed ? 'Its hits are left out.' : describeHits(hits) };
  };
  if (test.tries === 1) return [makeTable(test.endpoints, null, test.state === 'passed')];
  return test.endpointsByTry.map((endpoints, index) => {
    const state = index + 1 < test.tries ? 'failed' : test.state;
    return makeTable(endpoints, `Try ${index + 1}, ${state}`, state === 'passed');
  });
}

function describeHits(hits: readonly EndpointHit[]): string {
  if (hits.length === 0) return 'It hit no endpoint with success.';
  const untested = hits.filter((hit) => hit.untestedUntilNow).length;
  const conformance = hits.filter((hit) => hit.newToConformance && !hit.untestedUntilNow).length;
  const unknown = hits.filter((hit) => hit.unknown).length;
  const origin = describeOrigin(countOrigins(hits));
  return [
    `${count(hits.length, 'endpoint')} hit${origin === '' ? '' : ` (${origin})`}`,
    `${untested === 0 ? 'none' : untested} of them ${untestedMark}`,
    ...(conformance === 0 ? [] : [`${conformance} ${conformanceMark}`]),
    ...(unknown === 0 ? [] : [`${unknown} with unknown coverage`]),
  ].join(', ');
}
