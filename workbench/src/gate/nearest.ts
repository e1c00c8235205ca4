import { identifyEndpoint, isConformanceTest } from '@snoop/snoopdb';
import type { Gap } from './answer.ts';
import type { Comparison } from './comparison.ts';
import type { GateEndpoint, GateFacts, GateRules } from './facts.ts';
import { findPathGroup } from './groups.ts';

type Nearest = NonNullable<Gap['nearest']>;

/**
 * Creates the search for a test that hits a sibling: the same path with another method, else the same kind, first of the
 * same version, else the same group. Of several the first by name, so the answer is always the same.
 */
export function createNearestSearch(
  facts: GateFacts,
  rules: GateRules,
  { endpoints }: Comparison,
): (endpoint: GateEndpoint) => Nearest | null {
  const anyTest = rules.anyTest || rules.groups !== null;
  // A removed test cannot serve as an example.
  const listed = new Set(facts.conformance?.entries.map(({ codename }) => codename));
  const found = new Map<string, Nearest>();
  for (const hit of facts.hits.flatMap((source) => source.endpoints)) {
    const sibling = endpoints.get(hit.endpoint)?.current;
    const test = anyTest ? hit.tests[0] : hit.tests.find((name) => isConformanceTest(name) && listed.has(name));
    if (sibling === undefined || test === undefined) continue;
    const nearest = { test, endpoint: hit.endpoint };
    for (const key of listKeys(sibling)) {
      const known = found.get(key);
      if (known === undefined || isBefore(nearest, known)) found.set(key, nearest);
    }
  }
  return (endpoint) => {
    for (const key of listKeys(endpoint)) {
      const nearest = found.get(key);
      if (nearest !== undefined) return nearest;
    }
    return null;
  };
}

/** From the nearest. */
function listKeys({ method, path, group, version, kind }: GateEndpoint): string[] {
  const shape = identifyEndpoint(method, path).slice(method.length);
  const owner = group ?? findPathGroup(path);
  return [
    `path ${shape}`,
    ...(kind === null ? [] : [`kind ${owner} ${version} ${kind}`, `kind ${owner} ${kind}`]),
    ...(owner === null ? [] : [`group ${owner}`]),
  ];
}

function isBefore(one: Nearest, other: Nearest): boolean {
  return one.endpoint === other.endpoint ? one.test < other.test : one.endpoint < other.endpoint;
}
