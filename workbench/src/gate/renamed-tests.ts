import type { GateFacts, GateHits } from './facts.ts';

/** A conformance test that this change gives another name. */
export interface RenamedTest {
  readonly from: string;
  readonly to: string;
}

/**
 * Finds conformance tests that only have their tags in another order, as 176 of them have since 1.37. With several
 * candidates any could be meant, so there is none.
 */
export function findRenamedTests({ conformance }: GateFacts): RenamedTest[] {
  const removed = groupByWords(conformance?.removed ?? []);
  const added = groupByWords(conformance?.added ?? []);
  return [...removed].flatMap(([words, [from, ...othersBefore]]) => {
    const [to, ...others] = added.get(words) ?? [];
    if (from === undefined || to === undefined || othersBefore.length > 0 || others.length > 0) return [];
    return { from, to };
  });
}

/** Gives the tests in hits their new names. */
export function renameHits(facts: GateFacts, renamed: readonly RenamedTest[]): GateFacts {
  if (renamed.length === 0) return facts;
  const names = new Map(renamed.map(({ from, to }) => [from, to]));
  const rename = (tests: readonly string[]): string[] =>
    [...new Set(tests.map((test) => names.get(test) ?? test))].sort();
  return {
    ...facts,
    hits: facts.hits.map(
      (hits): GateHits => ({
        ...hits,
        endpoints: hits.endpoints.map((hit) => ({ ...hit, tests: rename(hit.tests) })),
        tests: rename(hits.tests),
      }),
    ),
  };
}

function groupByWords(tests: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const test of tests) {
    const tags = (test.match(tag) ?? []).sort();
    const words = test.replaceAll(tag, ' ').split(/\s+/);
    const key = JSON.stringify([words.filter((word) => word !== ''), tags]);
    groups.set(key, [...(groups.get(key) ?? []), test]);
  }
  return groups;
}

const tag = /\[[^\]]*\]/g;
