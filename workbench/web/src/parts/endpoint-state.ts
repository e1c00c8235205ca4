import type { TableRow } from '../../../src/ui/data/model.ts';

/** What pages paint an endpoint with, by colour and pattern. */
export const endpointStates = ['conformance', 'tested', 'untested', 'ineligible', 'unknown', 'deprecated'] as const;
export type EndpointState = (typeof endpointStates)[number];

export const stateTitles: Readonly<Record<EndpointState, string>> = {
  conformance: 'conformance tested',
  tested: 'tested',
  untested: 'untested',
  ineligible: 'untested, ineligible',
  unknown: 'unknown',
  deprecated: 'deprecated',
};

export const stateHints: Readonly<Record<EndpointState, string>> = {
  conformance: 'A conformance test hits it',
  tested: 'An e2e test hits it, no conformance test does',
  untested: 'No e2e test hits it',
  ineligible: 'No e2e test hits it, and it is on the list of endpoints that cannot have a conformance test',
  unknown: 'No loaded coverage can tell whether tests hit it',
  deprecated: 'Coverage does not count it',
};

type Stated = Pick<TableRow, 'deprecated' | 'tested' | 'confTested' | 'level' | 'eligible'>;

export function findState(row: Stated): EndpointState {
  if (row.deprecated) return 'deprecated';
  if (row.tested === null) return 'unknown';
  if (row.confTested) return 'conformance';
  if (row.tested) return 'tested';
  return isListedIneligible(row) ? 'ineligible' : 'untested';
}

/** Whether a stable endpoint is on the list of ineligible ones. Beta and alpha endpoints are never eligible. */
export function isListedIneligible({ level, deprecated, eligible }: Omit<Stated, 'tested' | 'confTested'>): boolean {
  return level === 'stable' && !deprecated && eligible === false;
}
