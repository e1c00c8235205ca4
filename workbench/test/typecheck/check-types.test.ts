import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkTypes, type TypeCheck } from '../../src/typecheck/check-types.ts';
import { makeFolder } from '../support/folder.ts';

const typescript = fileURLToPath(new URL('../../../node_modules/typescript', import.meta.url));

const config = {
  compilerOptions: { strict: true, module: 'preserve', noEmit: true, allowImportingTsExtensions: true, types: [] },
  include: ['tests'],
};

async function makeProject(files: Readonly<Record<string, string>>, hasTypeScript = true): Promise<string> {
  const folder = await makeFolder();
  mkdirSync(join(folder, 'tests'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'node_modules'));
  if (hasTypeScript) symlinkSync(typescript, join(folder, 'node_modules', 'typescript'));
  return folder;
}

const check = (folder: string, ...names: string[]): Promise<TypeCheck> =>
  checkTypes({
    files: names.map((name) => join(folder, name)),
    cwd: folder,
    environment: { PATH: '/usr/bin' },
    signal: new AbortController().signal,
  });

test('correct types have no messages', async () => {
  const folder = await makeProject({
    'tsconfig.json': JSON.stringify(config),
    'tests/a.live.ts': 'export const a: number = 1;',
    'tests/b.live.js': 'export const b = 1;',
  });
  expect(await check(folder, 'tests/a.live.ts', 'tests/b.live.js')).toMatchObject({ messages: '' });
});

test('prints what is wrong, without the names of all files', async () => {
  const folder = await makeProject({
    'tsconfig.json': JSON.stringify(config),
    'tests/a.live.ts': "import { b } from './b.ts';\nexport const a: number = b;",
    'tests/b.ts': "export const b = 'one';",
  });
  expect(await check(folder, 'tests/a.live.ts')).toEqual({
    messages: "tests/a.live.ts(2,14): error TS2322: Type 'string' is not assignable to type 'number'.\n",
    files: [join(folder, 'tests/a.live.ts'), join(folder, 'tests/b.ts')],
  });
});

test('reports a broken tsconfig.json', async () => {
  const folder = await makeProject({ 'tsconfig.json': '{ "include": ["nothing"] }', 'tests/a.live.ts': '' });
  const { messages } = await check(folder, 'tests/a.live.ts');
  expect(messages).toMatch(/^error TS18003: No inputs were found/);
});

test.each([
  [
    'without TypeScript',
    { 'tsconfig.json': JSON.stringify(config), 'tests/a.live.ts': '' },
    false,
    { code: 'no_typescript', advice: ['Install it: npm install --save-dev typescript'] },
  ],
  [
    'without tsconfig.json',
    { 'tests/a.live.ts': '' },
    true,
    { code: 'no_tsconfig', advice: ["'snoop init' writes one."] },
  ],
  [
    'of a test that tsconfig.json leaves out',
    {
      'tsconfig.json': JSON.stringify({ ...config, include: ['tests/b.ts'] }),
      'tests/a.live.ts': '',
      'tests/b.ts': '',
    },
    true,
    { code: 'not_type_checked', message: expect.stringMatching(/tsconfig\.json leaves out tests\/a\.live\.ts\.$/) },
  ],
])('refuses a check %s', async (_, files, hasTypeScript, error) => {
  const folder = await makeProject(files, hasTypeScript);
  await expect(check(folder, 'tests/a.live.ts')).rejects.toMatchObject({ ...error, exitCode: 3 });
});
