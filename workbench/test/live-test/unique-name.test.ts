import { expect, test } from 'vitest';
import { uniqueName } from '../../src/index.ts';

test.each([
  ['pt', /^pt-[a-z2-7]{8}$/],
  ['My Pod_Template', /^my-pod-template-[a-z2-7]{8}$/],
  ['9lives', /^live-9lives-[a-z2-7]{8}$/],
  ['', /^live-[a-z2-7]{8}$/],
  ['你好', /^live-[a-z2-7]{8}$/],
  ['-a-', /^a-[a-z2-7]{8}$/],
  ['x'.repeat(500), /^x{54}-[a-z2-7]{8}$/],
  [`${'x'.repeat(53)}-yz`, /^x{53}-[a-z2-7]{8}$/],
  [`9${'x'.repeat(500)}`, /^live-9x{48}-[a-z2-7]{8}$/],
  [undefined, /^live-[a-z2-7]{8}$/],
])('a unique name for %j is a DNS label', (prefix, pattern) => {
  const name = uniqueName(prefix);
  expect(name).toMatch(pattern);
  expect(name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])$/);
});

test('names do not repeat', () => {
  const names = Array.from({ length: 10_000 }, () => uniqueName('pt'));
  expect(new Set(names).size).toBe(names.length);
});
