import type { EndpointHit } from './endpoint-hits.ts';
import type { CoveredTest, RunCoverage } from './run-coverage.ts';

/** An endpoint whose answers differ between two runs. */
export interface AnswerChange {
  endpoint: string;
  /** Status codes, sorted. */
  before: string[];
  after: string[];
}

/** A test whose state differs between two runs; null: the run does not have it. */
export interface TestChange {
  name: string;
  file: string;
  before: CoveredTest['state'] | null;
  after: CoveredTest['state'] | null;
}

/** What a run did that an earlier one did not, and the other way round. */
export interface RunDifference {
  /** Endpoints hit only by the later run. */
  gained: EndpointHit[];
  /** Endpoints hit only by the earlier run. */
  lost: EndpointHit[];
  /** Endpoints that both runs sent requests to, with other status codes. */
  answers: AnswerChange[];
  tests: TestChange[];
}

/** What is compared of a run. */
export type ComparedRun = Pick<RunCoverage, 'endpoints' | 'tests'>;

/** Compares two runs by the names of endpoints and tests; numbers of requests do not matter. */
export function compareRuns(before: ComparedRun, after: ComparedRun): RunDifference {
  const [hitBefore, hitAfter] = [listHits(before), listHits(after)];
  const seenBefore = new Map(before.endpoints.map((endpoint) => [endpoint.endpoint, endpoint]));
  return {
    gained: [...hitAfter.values()].filter(({ endpoint }) => !hitBefore.has(endpoint)),
    lost: [...hitBefore.values()].filter(({ endpoint }) => !hitAfter.has(endpoint)),
    answers: after.endpoints.flatMap((endpoint) => {
      const earlier = seenBefore.get(endpoint.endpoint);
      if (earlier === undefined) return [];
      const [codesBefore, codesAfter] = [listCodes(earlier), listCodes(endpoint)];
      return codesBefore.join() === codesAfter.join()
        ? []
        : [{ endpoint: endpoint.endpoint, before: codesBefore, after: codesAfter }];
    }),
    tests: compareTests(before.tests, after.tests),
  };
}

function listHits({ endpoints }: ComparedRun): Map<string, EndpointHit> {
  return new Map(endpoints.filter(({ hits }) => hits > 0).map((endpoint) => [endpoint.endpoint, endpoint]));
}

function listCodes({ answers }: EndpointHit): string[] {
  return Object.keys(answers).sort();
}

function compareTests(before: readonly CoveredTest[], after: readonly CoveredTest[]): TestChange[] {
  const identify = ({ file, name }: CoveredTest): string => `${file}\n${name}`;
  const earlier = new Map(before.map((test) => [identify(test), test]));
  const later = new Map(after.map((test) => [identify(test), test]));
  return [...new Map([...earlier, ...later])].flatMap(([id, { name, file }]) => {
    const [was, is] = [earlier.get(id)?.state ?? null, later.get(id)?.state ?? null];
    return was === is ? [] : [{ name, file, before: was, after: is }];
  });
}
