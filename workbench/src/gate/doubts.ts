import type { Comparison } from './comparison.ts';
import { doubtCurrentDocument, doubtPreviousDocument } from './document-doubts.ts';
import type { GateFacts, GateRules, SourceFacts } from './facts.ts';
import { doubtHits } from './hit-doubts.ts';
import { doubtLists } from './list-doubts.ts';

/**
 * Finds whatever could make the answer more lenient than it should be, as sentences that end with the way out. With any of
 * them nothing is judged.
 */
export function findDoubts(facts: GateFacts, rules: GateRules, comparison: Comparison): string[] {
  const broken = [...listSources(facts).flatMap(describeProblems), ...listMissing(facts, rules)];
  // What a broken document lacks would raise more doubts, all of them wrong.
  if ([facts.current, facts.previous].some(({ source }) => source.problems.length > 0)) return broken;
  const current = doubtCurrentDocument(facts, rules, comparison);
  if (facts.current.endpoints.length === 0) return [...broken, ...current];
  return [
    ...broken,
    ...current,
    ...doubtPreviousDocument(facts, rules, comparison),
    ...doubtLists(facts, rules),
    ...facts.hits.flatMap((hits) => (hits.source.problems.length > 0 ? [] : doubtHits(hits, facts, rules))),
  ];
}

/** All sources, in the order of their roles. */
export function listSources({ current, previous, conformance, ineligible, pending, hits }: GateFacts): SourceFacts[] {
  const lists = [conformance, ineligible, pending].flatMap((list) => list?.source ?? []);
  return [current.source, previous.source, ...lists, ...hits.map(({ source }) => source)];
}

function describeProblems({ name, problems }: SourceFacts): string[] {
  return problems.map((problem) => (problem.includes(name) ? problem : `${name}: ${problem}`));
}

/** Lists that are not given. An empty one is legal; the lists of own API groups are optional. */
function listMissing(facts: GateFacts, { groups }: GateRules): string[] {
  if (groups !== null) return [];
  return (['conformance', 'ineligible', 'pending'] as const)
    .filter((list) => facts[list] === null)
    .map((list) => `The list of ${listTitles[list]} is missing. Use --${list} FILE, or --repo.`);
}

export const listTitles = {
  conformance: 'conformance tests',
  ineligible: 'ineligible endpoints',
  pending: 'pending endpoints',
} as const;
