import type { StaleEntry } from './answer.ts';
import type { GateFacts } from './facts.ts';
import type { Proof } from './proof.ts';

/**
 * Finds the entries of both lists that should be removed, in the order of the lists: the document has no such endpoint, a
 * pending one is tested, an ineligible one is conformance tested.
 */
export function findStaleEntries(facts: GateFacts, proof: Proof): StaleEntry[] {
  const known = new Set(facts.current.endpoints.map(({ endpoint }) => endpoint));
  const judge = (
    list: StaleEntry['list'],
    entries: readonly { readonly endpoint: string; readonly line: number | null }[],
    isHit: (endpoint: string) => boolean,
  ): StaleEntry[] =>
    entries.flatMap(({ endpoint, line }) => {
      if (!known.has(endpoint)) return { list, endpoint, line, why: 'The document has no such endpoint.' };
      return isHit(endpoint) ? { list, endpoint, line, why: describeHit(proof.findTest(endpoint)) } : [];
    });
  return [
    ...judge('ineligible', facts.ineligible?.entries ?? [], proof.isConformanceHit),
    ...judge('pending', facts.pending?.entries ?? [], proof.isHit),
  ];
}

function describeHit(test: string | null): string {
  return test === null ? 'A test hits it.' : `A test hits it: ${test}`;
}
