import { distance } from 'fastest-levenshtein';
import type { DataSet } from './data-set.ts';

/** A test of the first data set that the second has under another name. */
export interface RenamedTest {
  readonly from: string;
  readonly to: string;
  /** sure: only tags differ, and it hits the same endpoints. */
  readonly sure: 'sure' | 'likely';
  /** What speaks for it: `Only its tags differ, and it hits the same 4 endpoints.` */
  readonly because: string;
}

export interface RenamedTests {
  readonly renamed: readonly RenamedTest[];
  /** Pairs of tests with the same endpoints whose names were not compared, because there are too many; mostly 0. */
  readonly notCompared: number;
}

/** Endpoints of a data set by test. */
export type HitsByTest = ReadonlyMap<string, ReadonlySet<string>>;

/** Comparing the names of so many pairs takes less than a second. */
const maxPairs = 100_000;
/** The least share of equal words in the longer of two names. */
const nearShare = 0.75;

export function groupByTest({ endpoints }: DataSet): HitsByTest {
  const hits = new Map<string, Set<string>>();
  for (const [endpoint, { tests }] of endpoints) {
    for (const test of tests) {
      const known = hits.get(test);
      if (known === undefined) hits.set(test, new Set([endpoint]));
      else known.add(endpoint);
    }
  }
  return hits;
}

/**
 * Finds renamed tests. A gone and a new test are a pair if no other test could be meant, and either only their tags
 * differ and they share half of their endpoints, or most of their words and all of their endpoints are the same. Endpoints
 * that only one data set has do not count.
 */
export function findRenamedTests(before: DataSet, after: DataSet): RenamedTests {
  const was = limitTo(groupByTest(before), after);
  const is = limitTo(groupByTest(after), before);
  const retagged = findRetagged(was, is);
  const paired = new Set(retagged.flatMap(({ from, to }) => [from, to]));
  const gone = [...was].filter(([test]) => !is.has(test) && !paired.has(test));
  const added = [...is].filter(([test]) => !was.has(test) && !paired.has(test));
  const { renamed, notCompared } = findReworded(gone, added);
  return { renamed: [...retagged, ...renamed].sort((a, b) => (a.from < b.from ? -1 : 1)), notCompared };
}

function limitTo(hits: HitsByTest, { endpoints }: DataSet): Map<string, ReadonlySet<string>> {
  return new Map([...hits].map(([test, hit]) => [test, new Set([...hit].filter((name) => endpoints.has(name)))]));
}

/** Kubernetes adds, removes and moves tags: `[NodeConformance] [Conformance]` became `[Conformance] [NodeConformance]`. */
function findRetagged(was: HitsByTest, is: HitsByTest): RenamedTest[] {
  const before = groupByName(was);
  const after = groupByName(is);
  return [...before].flatMap(([name, [from, ...othersBefore]]) => {
    const [to, ...othersAfter] = after.get(name) ?? [];
    // Without tags, tests of several drivers have the same name: any of them could be meant.
    const isUnique = othersBefore.length === 0 && othersAfter.length === 0;
    if (from === undefined || to === undefined || from === to || !isUnique) return [];
    const [hit, hits] = [was.get(from) ?? new Set<string>(), is.get(to) ?? new Set<string>()];
    const shared = [...hit].filter((endpoint) => hits.has(endpoint)).length;
    if (shared === 0 || shared * 2 < hit.size) return [];
    const isSame = shared === hit.size && shared === hits.size;
    const because = isSame
      ? `Only its tags differ, and it hits the same ${countEndpoints(shared)}.`
      : `Only its tags differ, and it hits ${shared} of its ${countEndpoints(hit.size)}.`;
    return [{ from, to, sure: isSame ? ('sure' as const) : ('likely' as const), because }];
  });
}

function groupByName(hits: HitsByTest): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const test of hits.keys()) {
    const name = test
      .replaceAll(/\[[^\]]*\]/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [test]);
    else known.push(test);
  }
  groups.delete('');
  return groups;
}

type Hits = readonly [test: string, endpoints: ReadonlySet<string>];

function findReworded(gone: readonly Hits[], added: readonly Hits[]): RenamedTests {
  const candidates = new Map<string, string[]>();
  const keyOf = (endpoints: ReadonlySet<string>): string => JSON.stringify([...endpoints].sort());
  for (const [test, endpoints] of added) {
    if (endpoints.size === 0) continue;
    const key = keyOf(endpoints);
    const known = candidates.get(key);
    if (known === undefined) candidates.set(key, [test]);
    else known.push(test);
  }
  const comparable = gone.map(([from, endpoints]) => ({
    from,
    endpoints,
    tests: candidates.get(keyOf(endpoints)) ?? [],
  }));
  const pairs = comparable.reduce((sum, { tests }) => sum + tests.length, 0);
  if (pairs > maxPairs) return { renamed: [], notCompared: pairs };
  const encode = createEncoder();
  const near = comparable.flatMap(({ from, endpoints, tests }) =>
    tests.flatMap((to) => {
      const [a, b] = [encode(from), encode(to)];
      const words = Math.max(a.length, b.length);
      const same = words - distance(a, b);
      return same / words < nearShare ? [] : [{ from, to, same, words, endpoints: endpoints.size }];
    }),
  );
  const times = new Map<string, number>();
  for (const name of near.flatMap(({ from, to }) => [from, to])) times.set(name, (times.get(name) ?? 0) + 1);
  const unique = near.filter(({ from, to }) => times.get(from) === 1 && times.get(to) === 1);
  return {
    renamed: unique.map(({ from, to, same, words, endpoints }) => ({
      from,
      to,
      sure: 'likely' as const,
      because: `${same} of ${words} words are the same, and it hits the same ${countEndpoints(endpoints)}.`,
    })),
    notCompared: 0,
  };
}

/** Turns each word into one character, so that an edit distance of characters is one of words. */
function createEncoder(): (name: string) => string {
  const characters = new Map<string, string>();
  return (name) =>
    name
      .split(/\s+/)
      .map((word) => {
        // After 65,536 different words some share a character, which can only make two names nearer.
        const character = characters.get(word) ?? String.fromCharCode(characters.size % 0x10000);
        characters.set(word, character);
        return character;
      })
      .join('');
}

function countEndpoints(number: number): string {
  return `${number} endpoint${number === 1 ? '' : 's'}`;
}
