import { createTestRandom } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import { RequestSample } from '../../../../src/gate/sources/hits/request-sample.ts';

test('counts requests without a response', () => {
  const sample = new RequestSample();
  for (const id of ['a', 'b', 'c']) sample.add(id, 'RequestReceived');
  sample.add('a', 'ResponseComplete');
  sample.add('b', 'Panic');
  sample.add('d', 'ResponseComplete');
  sample.add('e'.repeat(1000), 'RequestReceived');
  expect(sample.count()).toEqual({ received: 3, unanswered: 1, isSample: false });
});

test('keeps the share of unanswered requests when it drops ids', () => {
  const random = createTestRandom();
  const sample = new RequestSample(2000);
  for (let number = 0; number < 100_000; number += 1) {
    const id = `${Math.floor(random() * 1e9)}-${number}`;
    sample.add(id, 'RequestReceived');
    if (number % 10 !== 0) sample.add(id, 'ResponseComplete');
  }
  const { received, unanswered, isSample } = sample.count();
  expect(isSample).toBe(true);
  expect(received).toBeLessThanOrEqual(2000);
  expect(received).toBeGreaterThan(500);
  expect(unanswered / received).toBeCloseTo(0.1, 1);
});
