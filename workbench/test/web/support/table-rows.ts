import type { TableFile, TableRow } from '../../../src/ui/data/model.ts';

/** A stable, tested endpoint of core. */
export function makeRow(endpoint: string, more: Partial<TableRow> = {}): TableRow {
  return {
    ...{ endpoint, method: 'GET', path: `/api/v1/${endpoint}`, level: 'stable', category: 'core' },
    ...{ group: '', version: 'v1', kind: 'Pod', action: 'get', deprecated: false, stableSince: '1.5.0', isNew: false },
    ...{
      tested: true,
      confTested: false,
      unknown: null,
      eligible: true,
      reason: null,
      link: null,
      pending: false,
      tests: 1,
    },
    ...more,
  };
}

export const release: TableFile['release'] = {
  ...{ release: '1.36.0', releaseDate: '2026-04-22', origin: 'a file', coverageOrigin: 'a file' },
  ...{ incomplete: null, isBaseline: true },
};

export function makeTable(endpoints: readonly TableRow[], lists: Partial<TableFile['lists']> = {}): TableFile {
  return { release, previous: null, endpoints, lists: { ineligible: null, pending: null, ...lists } };
}
