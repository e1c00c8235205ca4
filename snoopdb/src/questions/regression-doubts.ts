import { compareReleases } from '../release.ts';
import type { CoveredEndpoint, DataSet } from './data-set.ts';
import type { OneSidedEndpoint } from './difference.ts';
import type { FindExcuse } from './ignored-losses.ts';

const fewNames = 5;

/**
 * Finds out why a comparison of two data sets proves nothing, as sentences that end with the way out; empty: it does.
 * @param removed endpoints that the second data set lacks
 */
export function findRegressionDoubts(
  before: DataSet,
  after: DataSet,
  removed: readonly OneSidedEndpoint[],
  needsConformance: boolean,
  findExcuse: FindExcuse,
): string[] {
  if (isSameData(before, after)) {
    return [`${before.name} and ${after.name} are the same data, which lose nothing. Name two data sets.`];
  }
  const advice = "Use the coverage of a whole run; 'snoop coverage diff' shows the differences all the same.";
  const doubts = [before, after].flatMap(({ name, incomplete }) =>
    incomplete === null ? [] : [`${name} is incomplete: ${incomplete} ${advice}`],
  );
  if (compareReleases(before.release, after.release) > 0) {
    doubts.push(
      `${after.name} is of ${after.release}, older than ${before.release} of ${before.name}, so what was lost looks ` +
        'gained. Name the older one first.',
    );
  }
  for (const side of [before, after]) doubts.push(...findEmptiness(side, needsConformance && side === before));
  const untold = [...after.unknown].filter((endpoint) => before.endpoints.get(endpoint)?.tested === true);
  if (untold.length > 0) {
    doubts.push(
      `${after.name} cannot tell whether tests hit ${untold.length} endpoint${untold.length === 1 ? '' : 's'} that ` +
        `${before.name} tests: ${untold.slice(0, fewNames).join(', ')}. Use the coverage of a whole e2e run.`,
    );
  }
  const missing = after.hasDocument ? [] : listUnexcused(before, removed, findExcuse);
  if (missing.length > 0) {
    const more = missing.length > fewNames ? ` and ${missing.length - fewNames} more` : '';
    doubts.push(
      `${after.name} lacks ${missing.length} stable endpoint${missing.length === 1 ? '' : 's'} that ${before.name} tests: ` +
        `${missing.slice(0, fewNames).join(', ')}${more}. Kubernetes does not remove stable endpoints, so the file may be ` +
        'cut. Use a whole file; if they were removed or deprecated, list them in --ignore FILE.',
    );
  }
  return doubts;
}

/** A job that compares a file with its own copy would never fail. */
function isSameData(before: DataSet, after: DataSet): boolean {
  if (before.digest !== null || after.digest !== null) return before.digest === after.digest;
  return before.release === after.release && before.origin === after.origin;
}

function findEmptiness({ name, endpoints }: DataSet, needsConformance: boolean): string[] {
  const has = (holds: (endpoint: CoveredEndpoint) => boolean): boolean => [...endpoints.values()].some(holds);
  const advice = 'Use the coverage of a whole e2e run.';
  if (!has(({ tested }) => tested)) return [`${name} has no tested endpoint, so it proves nothing. ${advice}`];
  if (needsConformance && !has(({ confTested }) => confTested)) {
    return [`${name} has no conformance tested endpoint that could be lost. ${advice} Or leave out --conformance.`];
  }
  return [];
}

/**
 * Stable endpoints that only the first data set has, tested. Kubernetes' deprecation policy, rule 4a: stable API versions
 * may be deprecated, but must not be removed.
 */
function listUnexcused(before: DataSet, removed: readonly OneSidedEndpoint[], findExcuse: FindExcuse): string[] {
  return removed
    .filter(({ endpoint, level, tested, tests }) => {
      const isNameless = before.endpoints.get(endpoint)?.namelessHit === true;
      return level === 'stable' && tested && findExcuse(endpoint, tests, isNameless).reasons.length === 0;
    })
    .map(({ endpoint }) => endpoint);
}
