import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const rules = new URL('../../../src/ticket/lint/', import.meta.url);
const page = new URL('../../../../docs/ticket-lint.md', import.meta.url);

test('docs/ticket-lint.md has every rule, and no other', () => {
  const source = readdirSync(rules)
    .map((name) => readFileSync(new URL(name, rules), 'utf8'))
    .join('\n');
  const written = [
    /(?:report|fail)\(\s*(?:'(?:error|warning|note)',\s*)?'([a-z-]+)'/g,
    /\brule: '([a-z-]+)'/g,
    /(?:return|\?) '([a-z-]+)'(?: : '([a-z-]+)')?;/g,
    /'error', .* \? '([a-z-]+)' : '([a-z-]+)'/g,
  ].flatMap((pattern) => [...source.matchAll(pattern)].flatMap(([, ...names]) => names));
  const states = ['evidence-cut', 'evidence-repeated', 'evidence-refused'];
  const others = ['error', 'warning', 'note', 'ticked', 'empty'];
  const found = new Set([...written, ...states].filter((name) => name !== undefined && !others.includes(name)));
  const rows = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
  expect([...listed].sort()).toEqual([...found].sort());
});
