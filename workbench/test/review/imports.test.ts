import { expect, test } from 'vitest';
import { findImportFaults } from '../../src/review/imports.ts';

async function faultsOf(content: string, others: readonly string[] = [], file = 'a/b.live.ts'): Promise<string[]> {
  const sources = [{ file, content }, ...others.map((name) => ({ file: name, content: '' }))];
  const faults = await findImportFaults(sources);
  return faults.map(({ line, message, isMissing }) => `${line}: ${message}${isMissing ? '' : ' (unknown)'}`);
}

test('accepts what every live test may import, and the files of the ticket', async () => {
  const source = `
import { readFile } from 'node:fs/promises';
import path from 'path';
import { liveTest } from '@snoop/workbench';
import { CoreV1Api } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { one } from './helper';
import { two } from '../two.js';
import three from './folder/index.ts?raw';
export * from './folder';
await import('./data.json');
[readFile, path, liveTest, CoreV1Api, expect, one, two, three];`;
  expect(await faultsOf(source, ['a/helper.ts', 'two.ts', 'a/folder/index.ts', 'a/data.json'])).toEqual([]);
});

test.each([
  ["import { x } from './gone.ts'; x();", "1: imports './gone.ts', a file that is not in the ticket."],
  ["import './gone';", "1: imports './gone', a file that is not in the ticket."],
  ["import lodash from 'lodash'; lodash.map();", "1: imports 'lodash', which is not in the ticket."],
  ["\nexport { x } from 'lodash';", "2: imports 'lodash', which is not in the ticket."],
  [
    "import '@snoop/workbench/src/cli/main.ts';",
    "1: imports '@snoop/workbench/src/cli/main.ts', which @snoop/workbench does not export to live tests.",
  ],
  ["import('/etc/passwd');", "1: imports '/etc/passwd', which is not in the ticket."],
  ["import('https://example.org/x.js');", "1: imports 'https://example.org/x.js', which is not in the ticket."],
  ['import(`./gone`);', "1: imports './gone', a file that is not in the ticket."],
  ["require('./gone');", "1: imports './gone', a file that is not in the ticket."],
  ['const name = 1; import(name);', '1: imports what it computes; read what that is. (unknown)'],
  ['import {', 'null: cannot be parsed: '],
])('%s', async (source, fault) => {
  const [found, ...others] = await faultsOf(source);
  expect(others).toEqual([]);
  expect(found).toContain(fault);
});

test.each([
  "import type { A } from './types';",
  "import { type A } from './types'; const a: A = 1;",
  "import { A } from './types'; function f(a: A): asserts a is A {} f(1 as A);",
  "export type { A } from './types';",
])('ignores an import that is used only in types: %s', async (source) => {
  expect(await faultsOf(source)).toEqual([]);
});

test('parses JavaScript and ignores other files', async () => {
  for (const file of ['a.mjs', 'a.js']) expect(await faultsOf("import x from 'lodash';", [], file)).toHaveLength(1);
  expect(await faultsOf('not a program', [], 'a.json')).toEqual([]);
});

test('refuses a source that is nested too deeply', async () => {
  expect(await faultsOf(`${'['.repeat(2000)}${']'.repeat(2000)}`)).toEqual([
    expect.stringContaining('cannot be parsed'),
  ]);
});

test('names the lines of many imports, in their order', async () => {
  const count = 30_000;
  const faults = await faultsOf(`(() => import('./last'));\n${"import'x'\n".repeat(count)}`);
  expect(faults).toHaveLength(count + 1);
  expect(faults[0]).toMatch("1: imports './last'");
  expect(faults.at(-1)).toMatch(`${count + 1}: imports 'x'`);
});
