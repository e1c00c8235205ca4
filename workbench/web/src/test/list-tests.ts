import type { DetailsFile } from '../../../src/ui/data/model.ts';

/** A test of a release. */
export type ListedTest = DetailsFile['tests'][number] & {
  /** Number of endpoints that it hits, and of those that no other e2e test hits. */
  readonly endpoints: number;
  readonly alone: number;
};

export function listTests({ tests, endpoints }: Pick<DetailsFile, 'tests' | 'endpoints'>): ListedTest[] {
  const counts = tests.map(() => ({ endpoints: 0, alone: 0 }));
  for (const { tests: places, namelessHit } of Object.values(endpoints)) {
    const isAlone = places.length === 1 && !namelessHit;
    for (const place of places) {
      const count = counts[place];
      if (count === undefined) continue;
      count.endpoints += 1;
      count.alone += Number(isAlone);
    }
  }
  return tests.map((test, place) => ({ ...test, ...(counts[place] ?? { endpoints: 0, alone: 0 }) }));
}
