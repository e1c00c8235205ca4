import { expect, test } from 'vitest';
import { checkBody } from '../../src/index.ts';

const list = (item: string, many: number): Buffer =>
  Buffer.from(`{"kind":"EventList","items":[${Array.from({ length: many }, () => item).join(',')}]}`, 'latin1');

test.for<[what: string, item: string]>([
  ['an escaped NUL', '{"a":"\\u0000"}'],
  ['no UTF-8', '{"a":"\xff"}'],
  ['no object', '0'],
  ['an agent too long for an index', `{"userAgent":"live-test-${'x'.repeat(2048)}"}`],
  ['an auditID too long for an index', `{"userAgent":"live-test","auditID":"${'ü'.repeat(1025)}"}`],
])('accepts 10,000 events with %s', async ([_what, item]) => {
  await expect(checkBody(list(item, 10_000))).resolves.toBeUndefined();
  await expect(checkBody(list(item, 10_001))).rejects.toMatchObject({ code: 'too_many_rejected' });
});

test.for<[what: string, item: string]>([
  ['an agent of another kind', `{"userAgent":"kubelet ${'x'.repeat(2048)}"}`],
  ['an agent that just fits', `{"userAgent":"live${'x'.repeat(2044)}","auditID":"${'x'.repeat(1024)}"}`],
])('accepts any number of events with %s', async ([_what, item]) => {
  await expect(checkBody(list(item, 10_001))).resolves.toBeUndefined();
});
