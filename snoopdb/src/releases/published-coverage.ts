import { SnoopDbError } from '../errors.ts';
import { dropDuplicates, findSharedNames, nameEndpoints } from '../resolver/endpoint-names.ts';
import type { Operation } from '../resolver/openapi-document.ts';
import { isEligible } from '../rules/eligibility.ts';
import type { CoverageDocument, ListedTest, PublishedCoverage, PublishedEndpoint } from './coverage-document.ts';
import { describeDifference } from './release-endpoints.ts';
import type { BaselineSnapshot, SnapshotEndpoint } from './shipped-snapshot.ts';

type Ineligible = readonly { endpoint: string }[];

/** What a snapshot has besides an OpenAPI document and published coverage. */
type SnapshotFacts = Pick<BaselineSnapshot, 'release' | 'origin' | 'spec' | 'pending' | 'ineligible'> & {
  /** Day of the release; default: the date of the coverage. */
  releaseDate?: string | null | undefined;
  /** The conformance tests of conformance.yaml; default: those that the coverage lists. */
  conformance?: readonly ListedTest[] | undefined;
  /** Audit runs of this project, by source. */
  auditRuns?: readonly { readonly source: string; readonly coverage: CoverageDocument }[];
  /** Why the coverage of an endpoint that it does not list is unknown; default: such an endpoint is refused. */
  unknownReason?: string | undefined;
};

/**
 * Joins the endpoints of an OpenAPI document with the published coverage of the same release.
 * @throws SnoopDbError `bad_document` if their endpoints differ
 */
export function combineWithCoverage(
  operations: readonly Operation[],
  published: CoverageDocument,
  about: SnapshotFacts,
): BaselineSnapshot {
  const { auditRuns = [], unknownReason } = about;
  const conformance = about.conformance ?? published.conformance;
  const covered = [published, ...auditRuns.map(({ coverage }) => coverage)].flatMap((one) => one.endpoints);
  const tests = [
    ...new Set([...covered.flatMap((one) => one.tests), ...(about.conformance ?? []).map(({ codename }) => codename)]),
  ].sort();
  const numbers = new Map(tests.map((test, number) => [test, number]));
  const coverageOf = new Map(published.endpoints.map((endpoint) => [endpoint.endpoint, endpoint]));
  const endpoints = new Map<string, SnapshotEndpoint>();
  const named = dropDuplicates(nameEndpoints(operations));
  for (const operation of named) {
    const coverage = coverageOf.get(operation.endpoint);
    endpoints.set(operation.endpoint, {
      ...operation,
      // A few published levels differ from the rule; the published ones count.
      level: coverage?.level ?? operation.level,
      tested: coverage?.tested ?? false,
      confTested: coverage?.conf_tested ?? false,
      tests: (coverage?.tests ?? []).flatMap((test) => numbers.get(test) ?? []).sort(compare),
    });
  }
  const ours = [...endpoints.values()].filter((endpoint) => !endpoint.deprecated).map((endpoint) => endpoint.endpoint);
  const listed = unknownReason === undefined ? [] : ours.filter((endpoint) => !coverageOf.has(endpoint));
  const difference = describeDifference(ours, [...coverageOf.keys(), ...listed], findSharedNames(operations, named));
  if (difference !== null) {
    throw new SnoopDbError(
      'bad_document',
      `OpenAPI document and coverage are of different releases: ${difference}. Give those of one release.`,
    );
  }
  const runs = auditRuns.map(({ source, coverage }) => ({
    source,
    hits: coverage.endpoints
      .filter(({ endpoint, tested }) => tested && endpoints.has(endpoint))
      .map((hit) => ({
        endpoint: hit.endpoint,
        tests: hit.tests.flatMap((test) => numbers.get(test) ?? []).sort(compare),
      }))
      .sort(byEndpoint),
  }));
  const unknown = listed.sort().map((endpoint) => ({ endpoint, reason: unknownReason ?? '' }));
  const files = [...new Set(conformance.flatMap((test) => test.file ?? []))].sort();
  return {
    release: about.release,
    releaseDate: about.releaseDate ?? published.release_date,
    origin: about.origin,
    spec: about.spec,
    incomplete: findContradiction(published, about.ineligible),
    sources: published.sources,
    tests,
    files,
    conformance: conformance
      .flatMap(({ codename, testname, file, promotion }) => {
        const test = numbers.get(codename);
        // Tests without hits answer no question about endpoints.
        return test === undefined
          ? []
          : { test, testname, file: file === null ? null : files.indexOf(file), promotion };
      })
      .sort((a, b) => a.test - b.test),
    endpoints: [...endpoints.values()].sort(byEndpoint),
    ...(runs.length > 0 && { auditRuns: runs }),
    ...(unknown.length > 0 && { unknown }),
    ineligible: about.ineligible.map(({ endpoint, reason, link }) => ({ endpoint, reason, link })).sort(byEndpoint),
    pending: about.pending,
  };
}

function compare(a: number, b: number): number {
  return a - b;
}

function byEndpoint(a: { endpoint: string }, b: { endpoint: string }): number {
  return a.endpoint < b.endpoint ? -1 : 1;
}

/**
 * Describes how the totals of a coverage file contradict its list. Eligible endpoints are compared by those without a
 * test, since the list of ineligible ones has grown after older files were written. Missing totals contradict nothing.
 */
export function findContradiction(published: PublishedCoverage, ineligible: Ineligible): string | null {
  const excluded = new Set(ineligible.map((entry) => entry.endpoint));
  const list = published.endpoints;
  // Published files have no deprecated endpoints.
  const eligible = list.filter(({ endpoint, level }) =>
    isEligible({ level, deprecated: false }, excluded.has(endpoint)),
  );
  const count = (counts: (endpoint: PublishedEndpoint) => boolean, of = list): number => of.filter(counts).length;
  const eligibleTotal = published['total conformance eligible endpoints'];
  const eligibleTested = published['tested conformance eligible endpoints'];
  const figures: [string, number | null, number][] = [
    ['endpoints', published['total endpoints'], list.length],
    ['tested endpoints', published['tested endpoints'], count((endpoint) => endpoint.tested)],
    [
      'eligible endpoints without a conformance test',
      eligibleTotal === null || eligibleTested === null ? null : eligibleTotal - eligibleTested,
      count((endpoint) => !endpoint.conf_tested, eligible),
    ],
  ];
  const wrong = figures.filter(([, stated, counted]) => stated !== null && stated !== counted);
  if (wrong.length === 0) return null;
  const parts = wrong.map(([what, stated, counted]) => `${stated} ${what} by its totals, ${counted} by its list`);
  return `The published coverage of ${published.release} contradicts itself: ${parts.join('; ')}.`;
}
