import { readFileSync } from 'node:fs';
import { pageWidth, parseCommand } from '@snoop/snoopdb/command-line';
import { describe, expect, test } from 'vitest';
import { entries, internalEntries } from '../../src/cli/command-list.ts';
import { main } from '../../src/cli/main.ts';
import type { Command } from '../../src/command-line/command.ts';

/** The help of a command and of its subcommands. */
function readPages(command: Command, path: readonly string[] = []): string[] {
  const page = parseCommand(command, [...path, '--help']);
  if (typeof page !== 'string') throw new Error(`${command.name} printed no page`);
  const [, listed = ''] = /^Commands:\n((?: {2}.*\n)+)/m.exec(page) ?? [];
  const names = [...listed.matchAll(/^ {2}([\w-]+)/gm)].map(([, name = '']) => name);
  return [page, ...names.flatMap((name) => readPages(command, [...path, name]))];
}

async function loadPages(): Promise<Map<string, string>> {
  const commands = await Promise.all([...entries, ...internalEntries].map(async ({ load }) => (await load()).command));
  const pages = commands.flatMap((command) => readPages(command));
  return new Map(pages.map((page) => [/^[^:]+/.exec(page)?.[0] ?? '', page]));
}

const pages = await loadPages();

test('every command has a page', () => {
  expect(pages.size).toBe(60);
});

test.for([...pages])('%s --help: 80 columns, an example, exit codes', ([name, page]) => {
  for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(pageWidth);
  expect(page).toMatch(new RegExp(`^${name}: `));
  expect(page).toMatch(/^Examples:\n {2}\S/m);
  expect(page).toMatch(/^Exit codes: 0|^Exit codes: 130|^Exit codes: those/m);
});

test('snoop --help: 80 columns, commands in groups', async () => {
  const page = await readOverview();
  for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(pageWidth);
  expect([...page.matchAll(/^(\w+):\n(?= {2}[a-z]+ {2,}\S)/gm)].map(([, heading]) => heading)).toEqual([
    ...['Try', 'Find', 'Write', 'Review', 'Cluster', 'Database'],
  ]);
});

test('no page shows values of the environment', async () => {
  const names = ['DATABASE_URL', 'PGPASSWORD', 'SNOOP_WORKBENCH_PASSWORD', 'SNOOP_AUTHOR', 'SNOOP_STATE'];
  const before = process.env;
  process.env = { ...before, ...Object.fromEntries(names.map((name) => [name, 'postgresql://a:secret@b/c'])) };
  try {
    expect(await loadPages()).toEqual(pages);
    expect(await readOverview()).not.toContain('secret');
  } finally {
    process.env = before;
  }
});

describe('flags of commands in documents are declared', () => {
  test.for([
    ...[
      'README.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'auditlogger/README.md',
      'docs/figures.md',
      'docs/gate.md',
      'docs/kind.md',
    ],
    ...['kind/README.md', 'manifests/README.md', 'snoopdb/README.md', 'workbench/README.md'],
  ])('%s', (file) => {
    const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    const shown = [...text.matchAll(/\bsnoop ([a-z]+)((?: [^\n`#|&;]*)?)/g)].flatMap(([, name = '', rest = '']) => {
      const sub = /^ ([a-z-]+)/.exec(rest)?.[1] ?? '';
      const page = pages.get(`snoop ${name} ${sub}`) ?? pages.get(`snoop ${name}`);
      const own = rest.split(' -- ')[0] ?? '';
      return page === undefined
        ? []
        : [...own.matchAll(/ (--[a-z-]+)/g)].map(([, flag = '']) => ({ name, flag, page }));
    });
    expect(
      shown
        .filter(({ flag, page }) => !page.includes(`${flag} `) && !page.includes(`${flag}\n`))
        .map(({ name, flag }) => `snoop ${name} ${flag}`),
    ).toEqual([]);
  });
});

async function readOverview(): Promise<string> {
  let text = '';
  const write = process.stdout.write;
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  try {
    expect(await main(['--help'])).toBe(0);
  } finally {
    process.stdout.write = write;
  }
  return text;
}
