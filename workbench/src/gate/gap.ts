import type { Gap } from './answer.ts';
import type { Comparison } from './comparison.ts';
import type { GateEndpoint, GateFacts, GateRules } from './facts.ts';
import { findPathGroup } from './groups.ts';
import type { JudgedEndpoint } from './judged-endpoints.ts';
import { createNearestSearch } from './nearest.ts';
import { quoteWord } from '../output/quote-word.ts';
import type { Proof } from './proof.ts';
import { findSig } from '../ticket/api-groups.ts';

/** Describes an endpoint that needs a test. */
export type DescribeGap = (endpoint: JudgedEndpoint, because?: string | null) => Gap;

export function createGapDescription(
  facts: GateFacts,
  rules: GateRules,
  { comparison, proof }: { readonly comparison: Comparison; readonly proof: Proof },
): DescribeGap {
  const findNearest = createNearestSearch(facts, rules, comparison);
  return ({ current, isNew, firstRelease, age }, because = null) => ({
    endpoint: current.endpoint,
    method: current.method,
    path: current.path,
    kind: current.kind,
    group: current.group ?? findPathGroup(current.path),
    version: current.version,
    level: current.level,
    firstRelease,
    age,
    isNew,
    state: proof.isMissing(current.endpoint) ? 'missing' : 'not yet proven',
    because,
    nearest: findNearest(current),
    sig: findEndpointSig(current, rules),
    // Without a kind there is no lifecycle to write a test of.
    command: current.kind === null ? null : `snoop new ${quoteWord(current.endpoint)}`,
  });
}

function findEndpointSig({ path, group, version, kind }: GateEndpoint, { groups }: GateRules): string | null {
  if (kind !== null) return findSig({ group: group ?? findPathGroup(path) ?? '', version: version ?? '', kind });
  const owner = findPathGroup(path);
  if (owner) return findSig({ group: owner, version: '', kind: '' });
  // Discovery of the core group, and what the server itself answers.
  return groups === null ? 'api-machinery' : null;
}

/** Sorts by group, kind and name. */
export function sortByKind<T extends Pick<Gap, 'endpoint' | 'group' | 'kind'>>(gaps: readonly T[]): T[] {
  return [...gaps].sort(
    (one, other) =>
      compareTexts(one.group ?? '', other.group ?? '') ||
      compareTexts(one.kind ?? '', other.kind ?? '') ||
      compareTexts(one.endpoint, other.endpoint),
  );
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
