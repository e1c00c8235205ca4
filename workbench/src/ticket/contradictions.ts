import type { RunDocument } from '@snoop/snoopdb';

/** Finds what no run can have, although the digest of its document fits. @returns sentences */
export function findContradictions({ run, tests, errors, requests, evidence }: RunDocument): string[] {
  const found = new Set<string>();
  if (run.state === 'passed' && (errors.length > 0 || tests.some(({ state }) => state === 'failed'))) {
    found.add(`The run ${run.id} is listed as passed, and has failures.`);
  }
  for (const { name, state, error, tries } of tests) {
    // The error of an earlier try remains.
    if (state === 'passed' && tries === 1 && error !== null) {
      found.add(`The test '${name}' is listed as passed, and has an error.`);
    }
  }
  const numbers = new Set(tests.map(({ test }) => test));
  for (const { audit_id: id, test, method, path } of requests) {
    // A journal names its requests so.
    if (!id.startsWith(`${run.id}.`)) found.add(`${method} ${path} has the Audit-ID ${id}, which is not of this run.`);
    if (!numbers.has(test)) found.add(`${method} ${path} is of test ${test}, which the run does not have.`);
  }
  const sources = new Set(run.sources);
  for (const { audit_id: id, source } of evidence) {
    if (sources.size > 0 && !sources.has(source)) found.add(`The event of ${id} is of ${source}, another cluster.`);
  }
  return [...found];
}
