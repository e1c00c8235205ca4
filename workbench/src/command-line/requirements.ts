import { wrongUse } from '@snoop/snoopdb/command-line';
import type { Requirements, Threshold } from '../report/checks.ts';

/** Reads --fail-under and --expect. @throws SnoopError `wrong_use` */
export function chooseRequirements({
  failUnder = [],
  expect = [],
}: {
  readonly failUnder?: readonly Threshold[] | undefined;
  readonly expect?: readonly string[] | undefined;
}): Requirements {
  const expected = expect.flatMap((value) => value.split(',')).map((name) => name.trim());
  if (expected.includes('')) throw wrongUse('--expect has an empty name.', 'For example: --expect listCoreV1Pod');
  return { failUnder, expected: [...new Set(expected)] };
}
