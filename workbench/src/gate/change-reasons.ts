import type { GateFacts } from './facts.ts';
import { listShortly } from './short-list.ts';
import type { Proof } from './proof.ts';

/** Why an endpoint that no test hits needs a test through this change; null: for no such reason. */
export type FindReason = (endpoint: string) => string | null;

/** Finds what a change takes away from an endpoint: its entry in a list, or the tests that hit it. */
export function createReasons(facts: GateFacts, proof: Proof): FindReason {
  const { ineligible, pending, conformance } = facts;
  const noLonger = (['ineligible', 'pending'] as const).map(
    (list) => [list, new Set({ ineligible, pending }[list]?.removed)] as const,
  );
  const removed = new Set(conformance?.removed);
  return (endpoint) => {
    const tests = proof.listUncounted(endpoint);
    if (tests.length > 0) return explainTests(tests, removed);
    const [list] = noLonger.find(([, names]) => names.has(endpoint)) ?? [];
    return list === undefined ? null : `no longer ${list}`;
  };
}

function explainTests(tests: readonly string[], removed: ReadonlySet<string>): string {
  const names = listShortly(tests);
  if (!tests.every((test) => removed.has(test)))
    return `the conformance tests that hit it are not in the list: ${names}`;
  return tests.length === 1
    ? `its only conformance test is removed: ${names}`
    : `its only conformance tests are removed: ${names}`;
}
