import type { CoverageRow } from '../../../web/src/coverage/changes.ts';

/** An endpoint that a conformance test hits. */
export function createRow(endpoint: string, changed: Partial<CoverageRow> = {}): CoverageRow {
  return {
    endpoint,
    method: 'GET',
    path: `/api/v1/${endpoint}`,
    level: 'stable',
    category: 'core',
    group: '',
    version: 'v1',
    kind: 'Pod',
    action: 'get',
    deprecated: false,
    tested: true,
    confTested: true,
    unknown: null,
    eligible: true,
    reason: null,
    link: null,
    pending: false,
    stableSince: '1.5.0',
    isNew: false,
    tests: 1,
    change: null,
    ...changed,
  };
}

export const rows: readonly CoverageRow[] = [
  createRow('readPod'),
  createRow('listPod', { action: 'list', tested: true, confTested: false }),
  createRow('evictPod', { action: 'post', tested: false, confTested: false, eligible: false, reason: 'no', tests: 0 }),
  createRow('readNode', { kind: 'Node', pending: true }),
  createRow('readLogs', { kind: null, category: 'logs', group: null, tested: false, confTested: false, tests: 0 }),
  createRow('readOld', { deprecated: true, eligible: false, tested: null, confTested: null, tests: 0 }),
  createRow('readNew', {
    ...{ level: 'beta', category: 'resource', group: 'resource.k8s.io', kind: 'Claim', isNew: true },
    ...{ eligible: false, tested: false, confTested: false, tests: 0 },
  }),
];
