import type { ProgressEndpoint } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import {
  createPartFinder,
  debtParts,
  growthParts,
  type ProgressPart,
  readPart,
} from '../../../web/src/progress/parts.ts';

const endpoint = (name: string, stableSince: string | null, testedSince: string | null): ProgressEndpoint => ({
  ...{ endpoint: name, stableSince, testedSince },
  ...{ test: null, file: null },
});
const find = createPartFinder([
  endpoint('old and tested', '1.8.0', '1.9.0'),
  endpoint('old, tested now', '1.9.0', '1.10.0'),
  endpoint('old, tested later', '1.8.0', '1.11.0'),
  endpoint('old, never tested', '1.8.0', null),
  endpoint('new with a new test', '1.10.0', '1.10.0'),
  endpoint('new with an old test', '1.10.0', '1.9.0'),
  endpoint('new, tested later', '1.10.0', '1.11.0'),
  endpoint('new, never tested', '1.10.0', null),
  endpoint('not stable yet', '1.11.0', null),
  endpoint('unknown', null, '1.9.0'),
]);
const names = (part: ProgressPart, release = '1.10.0') => find(release, part).map((one) => one.endpoint);

test.each<[ProgressPart, string[]]>([
  ['old-tested', ['old and tested']],
  ['old-newly-tested', ['old, tested now']],
  ['new-tested', ['new with a new test']],
  ['new-old-test', ['new with an old test']],
  ['new-untested', ['new, tested later', 'new, never tested']],
  ['old-untested', ['old, tested later', 'old, never tested']],
  ['debt-paid', ['old, tested later', 'new, tested later']],
  ['debt-open', ['old, never tested', 'new, never tested']],
  ['new-open', ['new, never tested']],
])('%s', (part, expected) => {
  expect(names(part)).toEqual(expected);
});

test('parts add up to their sums', () => {
  for (const release of ['1.7.0', '1.8.0', '1.9.0', '1.10.0', '1.11.0', '2.0.0']) {
    const sum = (parts: readonly ProgressPart[]) => parts.flatMap((part) => names(part, release)).sort();
    expect(sum(growthParts), release).toEqual(names('all', release).sort());
    expect(sum(debtParts), release).toEqual(names('debt', release).sort());
    expect(sum(['tested', 'debt']), release).toEqual(names('all', release).sort());
    expect(sum(['new-tested', 'new-old-test', 'new-untested']), release).toEqual(names('new', release).sort());
  }
});

test.each([undefined, '', 'constructor', '__proto__', '<script>', 'new '])('%j is not a part', (text) => {
  expect(readPart(text)).toBeNull();
});
