import { expect, test } from 'vitest';
import { describeUntested } from '../../src/new-test/describe-untested.ts';

test.for([
  [12, 0, 0, 'nothing: e2e and conformance tests hit all 12 endpoints of its steps'],
  [12, 3, 0, '3 of 12 endpoints of its steps'],
  [12, 3, 2, '3 of 12 endpoints of its steps; the coverage of 2 is unknown'],
  [12, 0, 2, 'nothing: e2e and conformance tests hit 10 endpoints of its steps; the coverage of 2 is unknown'],
  [12, 0, 12, 'the coverage of all 12 endpoints is unknown'],
] as const)('of %i endpoints, %i are untested and %i unknown', ([endpoints, untested, unknown, sentence]) => {
  expect(describeUntested({ endpoints, untested, unknown })).toBe(sentence);
});
