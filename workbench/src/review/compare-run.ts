import { compareRuns, type EndpointHit, type RunCoverage, type RunDifference, type TestChange } from '@snoop/snoopdb';

/** What a claimed run and a later one did differently. */
export interface Difference {
  readonly kind: 'not hit' | 'also hit' | 'answers' | 'test' | 'run';
  /** The name of an endpoint or of a test. */
  readonly what: string;
  /** Status codes, or the state of a test; `-`: none. */
  readonly claimed: string;
  readonly here: string;
  /** How many of the runs here differ. */
  readonly runs: number;
}

/** The answers of an endpoint: number of requests by status code. */
export interface EndpointAnswers {
  readonly endpoint: string;
  readonly claimed: Readonly<Record<string, number>>;
  /** Of each run here. */
  readonly here: readonly Readonly<Record<string, number>>[];
}

/** What is compared of a run. */
export type Compared = Pick<RunCoverage, 'endpoints' | 'tests'>;

/**
 * Compares a claim with one run or several, by endpoint: which are hit, and with which status codes they answer. How often
 * depends on timing and is not compared.
 */
export function listDifferences(claimed: Compared, runs: readonly Compared[]): Difference[] {
  const found = new Map<string, Difference>();
  for (const run of runs) {
    for (const one of compareOnce(claimed, run)) {
      const key = `${one.kind}\n${one.what}`;
      const known = found.get(key);
      const here = known === undefined || known.here === one.here ? one.here : `${known.here} or ${one.here}`;
      found.set(key, { ...one, here, runs: (known?.runs ?? 0) + 1 });
    }
  }
  return [...found.values()];
}

function compareOnce(claimed: Compared, here: Compared): Difference[] {
  const { gained, lost, answers, tests }: RunDifference = compareRuns(claimed, here);
  const named = new Set([...gained, ...lost, ...answers].map(({ endpoint }) => endpoint));
  const changes = [
    ...lost.map((change) => ['not hit', change] as const),
    ...gained.map((change) => ['also hit', change] as const),
    ...answers.map((change) => ['answers', change] as const),
    ...listOneSided(claimed, here, named).map((change) => ['answers', change] as const),
  ];
  return [
    ...tests.map(describeTest),
    ...changes.map(([kind, { endpoint, before, after }]) => ({
      ...{ kind, what: endpoint, claimed: before.join(', ') || '-', here: after.join(', ') || '-', runs: 1 },
    })),
  ];
}

/** Endpoints that answered only without success, and only on one side. */
function listOneSided(
  claimed: Compared,
  here: Compared,
  named: ReadonlySet<string>,
): { endpoint: string; before: string[]; after: string[] }[] {
  return listAnswers(claimed, [here]).flatMap(({ endpoint, claimed: before, here: [after = {}] }) => {
    const [codes, now] = [Object.keys(before), Object.keys(after)];
    const isOneSided = codes.length === 0 || now.length === 0;
    return isOneSided && !named.has(endpoint) ? [{ endpoint, before: codes, after: now }] : [];
  });
}

/**
 * Compares what counts: whether the runs passed, and which endpoints passed tests hit. Of endpoints that all tests hit the
 * same, a claim may have moved the requests of a failed test to a passed one.
 * @param passed of passed tests alone
 * @param runs the same of each run here
 */
export function listOutcomeDifferences(
  passed: Pick<RunCoverage, 'endpoints' | 'run'>,
  runs: readonly Pick<RunCoverage, 'endpoints' | 'run'>[],
): Difference[] {
  const failed = runs.filter(({ run }) => passed.run.state === 'passed' && run.state === 'failed');
  const states: Difference[] =
    failed.length === 0
      ? []
      : [{ kind: 'run', what: 'the whole run', claimed: 'passed', here: 'failed', runs: failed.length }];
  const without = (tests: Pick<RunCoverage, 'endpoints'>): Compared => ({ endpoints: tests.endpoints, tests: [] });
  const lost = listDifferences(without(passed), runs.map(without)).filter(({ kind }) => kind === 'not hit');
  return [...states, ...lost.map((one) => ({ ...one, here: 'not by a passed test' }))];
}

function describeTest({ name, before, after }: TestChange): Difference {
  return { kind: 'test', what: name, claimed: before ?? '-', here: after ?? '-', runs: 1 };
}

/** Lists the answers of all endpoints, by name. */
export function listAnswers(claimed: Compared, runs: readonly Compared[]): EndpointAnswers[] {
  const index = ({ endpoints }: Compared): Map<string, EndpointHit> =>
    new Map(endpoints.map((hit) => [hit.endpoint, hit]));
  const before = index(claimed);
  const after = runs.map(index);
  const names = [...new Set([before, ...after].flatMap((hits) => [...hits.keys()]))].sort();
  return names.map((endpoint) => ({
    endpoint,
    claimed: before.get(endpoint)?.answers ?? {},
    here: after.map((hits) => hits.get(endpoint)?.answers ?? {}),
  }));
}
