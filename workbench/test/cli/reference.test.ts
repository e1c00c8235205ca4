import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineCommand } from '@snoop/snoopdb/command-line';
import { expect, test } from 'vitest';
import { entries } from '../../src/cli/command-list.ts';
import { page } from '../../src/cli/main.ts';
import { formatReference } from './reference.ts';

const file = fileURLToPath(new URL('../../../docs/reference.md', import.meta.url));
const commands = await Promise.all(
  entries
    .filter(({ hidden }) => hidden !== true)
    .map(async ({ group, summary, load }) => {
      const { description } = (await load()).command;
      return { group, summary, description };
    }),
);
const reference = formatReference(defineCommand(page).description, commands);

test('docs/reference.md shows every command: npx vitest run workbench/test/cli/reference.test.ts -u', async () => {
  await expect(reference).toMatchFileSnapshot(file);
});

test('shows every variable that the program reads', () => {
  const source = readFileSync(new URL('../../src/environment.ts', import.meta.url), 'utf8');
  const names = new Set([...source.matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, name = '']) => name));
  expect(names.size).toBeGreaterThan(15);
  expect([...names].filter((name) => !reference.includes(`\`${name}\``))).toEqual([]);
});
