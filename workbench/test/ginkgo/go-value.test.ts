import { createTestRandom } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import { formatGo, type GoValue } from '../../src/ginkgo/go-value.ts';
import { gofmt } from './gofmt.ts';

test('aligns values as gofmt does', () => {
  const value: GoValue = {
    type: '&v1.Pod',
    entries: [
      { key: 'Name', value: '"a"' },
      { key: 'Namespace', value: 'ns' },
      { key: 'Labels', value: { type: 'map[string]string', entries: [{ key: '"a"', value: '"b"' }] } },
      {
        key: 'Spec',
        value: {
          type: 'v1.PodSpec',
          entries: [
            { key: 'A', value: '1' },
            { key: 'LongName', value: '2' },
          ],
        },
      },
      { key: 'X', value: 'nil' },
    ],
  };
  expect(formatGo(value, 0)).toBe(`&v1.Pod{
	Name:      "a",
	Namespace: ns,
	Labels:    map[string]string{"a": "b"},
	Spec: v1.PodSpec{
		A:        1,
		LongName: 2,
	},
	X: nil,
}`);
});

test.skipIf(gofmt('package a\n') === null)('gofmt leaves generated literals as they are', () => {
  const random = createTestRandom();
  const whole = (most: number): number => Math.floor(random() * most);
  const makeValue = (depth: number): GoValue => {
    if (depth > 3 || random() < 0.4) return ['1', '"text"', 'name', '[]byte("x")'][whole(4)] ?? '1';
    const keyed = random() < 0.7;
    const entries = Array.from({ length: whole(6) }, (_, index) => ({
      key: keyed ? `"${'k'.repeat(1 + whole(random() < 0.2 ? 90 : 20))}${index}"` : null,
      value: makeValue(depth + 1),
    }));
    return { type: keyed ? 'map[string]any' : '[]any', entries };
  };
  for (let index = 0; index < 60; index += 1) {
    const source = `package a\n\nvar _ = ${formatGo(makeValue(0), 0)}\n`;
    expect(gofmt(source)).toBe(source);
  }
});
