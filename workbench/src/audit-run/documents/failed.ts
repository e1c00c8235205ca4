import type { PublishedRelease } from '@snoop/snoopdb';
import type { TestOutcome } from './suite-results.ts';
import { compare } from './coverage.ts';
import type { CollectedHits, TestHits } from './hit-collector.ts';

/** Requests of one endpoint, by status code. */
interface FailedRequests {
  readonly endpoint: string;
  /** Of all tests; the key is a status code, `dry run` or `no answer`. */
  readonly codes: Readonly<Record<string, number>>;
  readonly tests: readonly string[];
}

/** What coverage.json does not count: failed.json. */
export interface FailedHits {
  /** Tests that did not pass, with the endpoints that their requests hit. */
  readonly specs: readonly {
    readonly test: string;
    readonly outcome: Exclude<TestOutcome, 'passed'>;
    readonly endpoints: readonly string[];
    /** Those that no passed test hits. */
    readonly only: readonly string[];
  }[];
  /** Untested endpoints that tests requested without success; published coverage counts them. */
  readonly requests: readonly FailedRequests[];
  readonly totals: {
    readonly tested: number;
    /** Tested endpoints if requests without success counted, as in published coverage. */
    readonly testedWithFailedRequests: number;
    /** Tested endpoints if failed tests counted, as in SnoopDB after `snoop load audit`. */
    readonly testedWithFailedTests: number;
    /** Tested endpoints if both counted. */
    readonly testedWithAll: number;
  };
}

/** Lists what coverage.json does not count: hits of tests that did not pass, and requests without success. */
export function createFailed(coverage: PublishedRelease, { tests }: CollectedHits): FailedHits {
  const known = new Set(coverage.endpoints.map(({ endpoint }) => endpoint));
  const tested = new Set(coverage.endpoints.filter((one) => one.tested).map(({ endpoint }) => endpoint));
  const sorted = [...tests].sort(([a], [b]) => compare(a, b));
  const isOpen = (endpoint: string): boolean => known.has(endpoint) && !tested.has(endpoint);
  const specs = sorted.flatMap(([test, { outcome, hits }]) => {
    if (outcome === 'passed') return [];
    const endpoints = [...hits.keys()].filter((endpoint) => known.has(endpoint)).sort(compare);
    return [{ test, outcome, endpoints, only: endpoints.filter(isOpen) }];
  });
  const passed = sorted.filter(([, { outcome }]) => outcome === 'passed');
  const requests = listFailedRequests(passed, isOpen);
  const withRequests = new Set(requests.map(({ endpoint }) => endpoint));
  const withTests = new Set(specs.flatMap(({ only }) => only));
  const all = new Set([
    ...withRequests,
    ...sorted.flatMap(([, { hits, failures }]) => [...hits.keys(), ...failures.keys()]).filter(isOpen),
  ]);
  return {
    specs,
    requests,
    totals: {
      tested: tested.size,
      testedWithFailedRequests: tested.size + withRequests.size,
      testedWithFailedTests: tested.size + withTests.size,
      testedWithAll: tested.size + all.size,
    },
  };
}

function listFailedRequests(
  tests: readonly (readonly [string, TestHits])[],
  isOpen: (endpoint: string) => boolean,
): FailedRequests[] {
  const found = new Map<string, { codes: Map<string, number>; tests: string[] }>();
  for (const [test, { failures }] of tests) {
    for (const [endpoint, codes] of failures) {
      if (!isOpen(endpoint)) continue;
      const entry = found.get(endpoint) ?? { codes: new Map<string, number>(), tests: [] };
      found.set(endpoint, entry);
      entry.tests.push(test);
      for (const [code, requests] of codes) entry.codes.set(code, (entry.codes.get(code) ?? 0) + requests);
    }
  }
  return [...found]
    .sort(([a], [b]) => compare(a, b))
    .map(([endpoint, { codes, tests: names }]) => ({
      endpoint,
      codes: Object.fromEntries([...codes].sort(([a], [b]) => compare(a, b))),
      tests: names.filter((name) => name !== ''),
    }));
}
