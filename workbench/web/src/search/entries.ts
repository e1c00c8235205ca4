import type { RunsFile } from '../../../src/ui/data/live-model.ts';
import type { DetailsFile, TableFile } from '../../../src/ui/data/model.ts';
import type { SearchEntry } from './search-index.ts';

/** Endpoints and kinds of a release. */
export function listEndpointEntries({ release: { release }, endpoints }: TableFile): SearchEntry[] {
  const kinds = new Map<string, { kind: string; level: string; category: string; endpoints: number }>();
  for (const { kind, level, category, deprecated } of endpoints) {
    if (kind === null || deprecated) continue;
    const key = `${level}/${category}/${kind}`;
    const known = kinds.get(key) ?? { kind, level, category, endpoints: 0 };
    kinds.set(key, { ...known, endpoints: known.endpoints + 1 });
  }
  return [
    ...[...kinds].map(
      ([zoom, { kind, level, category, endpoints: count }]): SearchEntry => ({
        what: 'kind',
        title: kind,
        about: `${level}, ${category}, ${count} ${count === 1 ? 'endpoint' : 'endpoints'}`,
        place: { page: 'coverage', release, query: { zoom } },
      }),
    ),
    ...endpoints.map(
      ({ endpoint, method, path }): SearchEntry => ({
        what: 'endpoint',
        title: endpoint,
        about: `${method} ${path}`,
        place: { page: 'endpoint', release, query: { endpoint } },
      }),
    ),
  ];
}

/** The e2e tests of a release. */
export function listTestEntries({ tests }: DetailsFile, release: string): SearchEntry[] {
  return tests.map(({ test, title, file }) => ({
    what: 'test',
    title: test,
    about: [title, file].filter(Boolean).join(' '),
    place: { page: 'test', release, query: { test } },
  }));
}

/** The runs of this SnoopDB. */
export function listRunEntries({ runs }: RunsFile): SearchEntry[] {
  return runs.map(({ id, files, author, state, startedAt }) => ({
    what: 'run',
    title: id,
    about: [state, startedAt, author, ...files].filter(Boolean).join(', '),
    place: { page: 'runs', release: null, query: { run: id } },
  }));
}
