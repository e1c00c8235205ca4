import type { GateFacts } from './facts.ts';
import { count } from '../output/quantities.ts';
import { findRenamedTests } from './renamed-tests.ts';
import { listShortly } from './short-list.ts';

/**
 * What a change does to the list of conformance tests, as sentences.
 *
 * @param facts with the names of tests as the hits have them
 */
export function noteChanges(facts: GateFacts): string[] {
  const { conformance, hits } = facts;
  const renamed = findRenamedTests(facts);
  const seen = new Set(hits.flatMap(({ tests }) => tests));
  const old = renamed.filter(({ from }) => seen.has(from));
  const isRenamed = new Set(renamed.map(({ from }) => from));
  const removed = (conformance?.removed ?? []).filter((test) => !isRenamed.has(test));
  return [
    ...(removed.length === 0
      ? []
      : [`This change removes ${count(removed.length, 'conformance test')}: ${listShortly(removed)}.`]),
    ...(old.length === 0
      ? []
      : [
          `This change renames ${count(old.length, 'conformance test')}; hits under an old name count: ` +
            `${listShortly(old.map(({ from, to }) => `${from} is now ${to}`))}.`,
        ]),
  ];
}

/**
 * That an endpoint which is no longer on a list could not be found.
 *
 * @param debt older endpoints without a test
 */
export function noteUnknownChanges({ ineligible, pending }: GateFacts, debt: number): string[] {
  const lists = [ineligible, pending].filter((list) => list?.removed === null);
  if (debt === 0 || lists.length === 0) return [];
  const names = lists.map((list) => list?.source.role).join(' and ');
  const what = debt === 1 ? '1 older endpoint without a test does' : `${debt} older endpoints without a test do`;
  return [
    `What this change removes from the ${lists.length === 1 ? 'list' : 'lists'} of ${names} endpoints is unknown, so ${what} not fail. Give --previous REF ` +
      'of a checkout, or --debt.',
  ];
}
