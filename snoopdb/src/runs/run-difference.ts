import type { EndpointHit } from './endpoint-hits.ts';
import type { CoveredTest, RunCoverage } from './run-coverage.ts';

/** An endpoint that two runs hit or answered differently. */
export interface EndpointChange extends Pick<EndpointHit, 'endpoint' | 'untestedUntilNow' | 'newToConformance'> {
  /** Status codes of the earlier run, sorted; empty: it sent no request. */
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
  /** Hit only by the later run. */
  gained: EndpointChange[];
  /** Hit only by the earlier run. */
  lost: EndpointChange[];
  /** Hit by both or by neither, with other status codes. */
  answers: EndpointChange[];
  tests: TestChange[];
}

/** What is compared of a run. */
export type ComparedRun = Pick<RunCoverage, 'endpoints' | 'tests'>;

/** Compares two runs by the names of endpoints and tests; numbers of requests do not matter. */
export function compareRuns(before: ComparedRun, after: ComparedRun): RunDifference {
  const [earlier, later] = [before, after].map(({ endpoints }) => new Map(endpoints.map((one) => [one.endpoint, one])));
  const difference: RunDifference = {
    gained: [],
    lost: [],
    answers: [],
    tests: compareTests(before.tests, after.tests),
  };
  for (const endpoint of [...new Set([...(earlier?.keys() ?? []), ...(later?.keys() ?? [])])].sort()) {
    const [was, is] = [earlier?.get(endpoint), later?.get(endpoint)];
    const { untestedUntilNow = false, newToConformance = false } = is ?? {};
    const change = { endpoint, before: listCodes(was), after: listCodes(is), untestedUntilNow, newToConformance };
    const [wasHit, isHit] = [was, is].map((one) => one !== undefined && one.hits > 0);
    if (isHit && !wasHit) difference.gained.push(change);
    else if (wasHit && !isHit) difference.lost.push(change);
    else if (was && is && change.before.join() !== change.after.join()) difference.answers.push(change);
  }
  return difference;
}

function listCodes(endpoint: EndpointHit | undefined): string[] {
  return Object.keys(endpoint?.answers ?? {}).sort();
}

function compareTests(before: readonly CoveredTest[], after: readonly CoveredTest[]): TestChange[] {
  const [earlier, later] = [identifyTests(before), identifyTests(after)];
  return [...new Map([...earlier, ...later])].flatMap(([id, { name, file }]) => {
    const [was, is] = [earlier.get(id)?.state ?? null, later.get(id)?.state ?? null];
    return was === is ? [] : [{ name, file, before: was, after: is }];
  });
}

/** Tests of a file that have the same name are told apart by their order. */
function identifyTests(tests: readonly CoveredTest[]): Map<string, CoveredTest> {
  const numbers = new Map<string, number>();
  return new Map(
    tests.map((test) => {
      const name = `${test.file}\n${test.name}`;
      const number = (numbers.get(name) ?? 0) + 1;
      numbers.set(name, number);
      return [`${name}\n${number}`, test];
    }),
  );
}
