import type { BaselineSnapshot, SnapshotEndpoint } from './baseline-snapshot.ts';
import { SnoopDbError } from './errors.ts';
import type { Level, Operation } from './openapi-document.ts';

/** A published coverage file, as far as it is read. */
export interface PublishedCoverage {
  release: string;
  release_date: string | null;
  endpoints: {
    endpoint: string;
    level: Level;
    tested: boolean;
    conf_tested: boolean;
    tests: (string | null)[] | null;
  }[];
  'total endpoints': number;
  'tested endpoints': number;
  'total conformance eligible endpoints': number;
  'tested conformance eligible endpoints': number;
}

type Ineligible = BaselineSnapshot['ineligible'];

/**
 * Joins the endpoints of an OpenAPI document with the published coverage of the same release.
 * @throws SnoopDbError `bad_document` when the two are not about the same endpoints
 */
export function combineWithCoverage(
  operations: readonly Operation[],
  published: PublishedCoverage,
  ineligible: Ineligible,
  about: Pick<BaselineSnapshot, 'release' | 'origin' | 'spec' | 'pending'>,
): BaselineSnapshot {
  const tests = [...new Set(published.endpoints.flatMap(nameTests))].sort();
  const numbers = new Map(tests.map((test, number) => [test, number]));
  const coverageOf = new Map(published.endpoints.map((endpoint) => [endpoint.endpoint, endpoint]));
  const endpoints = new Map<string, SnapshotEndpoint>();
  for (const operation of operations) {
    if (endpoints.has(operation.endpoint)) continue;
    const coverage = coverageOf.get(operation.endpoint);
    endpoints.set(operation.endpoint, {
      ...operation,
      // A few levels differ from what the rule gives; those that were published count.
      level: coverage?.level ?? operation.level,
      tested: coverage?.tested ?? false,
      confTested: coverage?.conf_tested ?? false,
      tests: coverage
        ? nameTests(coverage)
            .flatMap((test) => numbers.get(test) ?? [])
            .sort((a, b) => a - b)
        : [],
    });
  }
  refuseOtherSet([...endpoints.values()], coverageOf);
  return {
    release: about.release,
    releaseDate: published.release_date || null,
    origin: about.origin,
    spec: about.spec,
    incomplete: findContradiction(published, ineligible),
    tests,
    endpoints: [...endpoints.values()].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1)),
    ineligible: ineligible
      .map(({ endpoint, reason, link }) => ({ endpoint, reason, link }))
      .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1)),
    pending: about.pending,
  };
}

/** Lists of tests may hold null, and one test has the empty name. */
function nameTests(endpoint: { tests: (string | null)[] | null }): string[] {
  return [...new Set((endpoint.tests ?? []).flatMap((test) => test || []))];
}

/** The coverage of a release is about exactly the endpoints of its OpenAPI document that are not deprecated. */
function refuseOtherSet(endpoints: readonly SnapshotEndpoint[], published: ReadonlyMap<string, unknown>): void {
  const ours = new Set(endpoints.filter((endpoint) => !endpoint.deprecated).map((endpoint) => endpoint.endpoint));
  const different = [
    ...[...ours].filter((endpoint) => !published.has(endpoint)),
    ...[...published.keys()].filter((endpoint) => !ours.has(endpoint)),
  ];
  if (different.length === 0) return;
  throw new SnoopDbError(
    'bad_document',
    `OpenAPI document and coverage are not of one release: ${different.slice(0, 5).join(', ')} … Give those of one.`,
  );
}

/**
 * Says where the totals of a coverage file contradict its list. Eligible endpoints are compared by how many lack a test:
 * the list of ineligible ones has grown since older files were written.
 */
export function findContradiction(published: PublishedCoverage, ineligible: Ineligible): string | null {
  const excluded = new Set(ineligible.map((entry) => entry.endpoint));
  const list = published.endpoints;
  const eligible = list.filter((endpoint) => endpoint.level === 'stable' && !excluded.has(endpoint.endpoint));
  const figures: [string, number, number][] = [
    ['endpoints', published['total endpoints'], list.length],
    ['tested endpoints', published['tested endpoints'], list.filter((endpoint) => endpoint.tested).length],
    [
      'eligible endpoints without a conformance test',
      published['total conformance eligible endpoints'] - published['tested conformance eligible endpoints'],
      eligible.filter((endpoint) => !endpoint.conf_tested).length,
    ],
  ];
  const wrong = figures.filter(([, stated, counted]) => stated !== counted);
  if (wrong.length === 0) return null;
  const parts = wrong.map(([what, stated, counted]) => `${stated} ${what} by its totals, ${counted} by its list`);
  return `The published coverage of ${published.release} contradicts itself: ${parts.join('; ')}.`;
}
