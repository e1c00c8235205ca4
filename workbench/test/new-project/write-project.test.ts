import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findMissingLines, formatManifest, typePackages } from '../../src/new-project/project-files.ts';
import { writeProject } from '../../src/new-project/write-project.ts';
import { makeFolder } from '../support/folder.ts';

const read = (...parts: string[]): string => readFileSync(join(...parts), 'utf8');
const catalog = read(import.meta.dirname, '../../../pnpm-workspace.yaml');

test('writes a project into a new folder', async () => {
  const folder = join(await makeFolder(), 'My tests');
  const { files, install } = writeProject(folder);
  expect(files).toEqual(
    ['package.json', 'tsconfig.json', 'config-map-lifecycle.live.ts', '.gitignore'].map((name) => ({
      name,
      state: 'written',
      detail: '',
    })),
  );
  expect(readdirSync(folder).sort()).toEqual(files.map(({ name }) => name).sort());
  const { devDependencies, ...manifest } = JSON.parse(read(folder, 'package.json'));
  expect(manifest).toEqual({
    ...{ name: 'my-tests', private: true, type: 'module' },
    scripts: { test: 'snoop test --typecheck' },
  });
  expect(devDependencies).toMatchObject({ '@kubernetes/client-node': '1.4.0', vitest: expect.stringMatching(/^4\./) });
  expect(read(folder, 'config-map-lifecycle.live.ts')).toBe(
    read(import.meta.dirname, '../../examples/config-map-lifecycle.live.ts'),
  );
  expect(read(folder, '.gitignore')).toBe('node_modules/\n.snoop*/\n');
  expect(install[0]).toMatch(/^npm install/);
});

test('the versions are those of this project', () => {
  expect(catalog).toContain(`"@types/node": ${typePackages['@types/node']}`);
  expect(catalog).toContain(`typescript: ${typePackages.typescript}`);
});

test('changes no existing file; adds missing lines to .gitignore', async () => {
  const folder = await makeFolder();
  const existing = {
    'package.json': '{ "devDependencies": { "@snoop/workbench": "file:a.tgz", "typescript": "7" } }',
    'tsconfig.json': '{}',
    'config-map-lifecycle.live.ts': '// mine',
    '.gitignore': '/node_modules\n*.log',
  };
  for (const [name, text] of Object.entries(existing)) writeFileSync(join(folder, name), text);
  const exists = { state: 'unchanged', detail: 'it exists' };
  expect(writeProject(folder)).toEqual({
    files: [
      { name: 'package.json', ...exists },
      { name: 'tsconfig.json', ...exists },
      { name: 'config-map-lifecycle.live.ts', ...exists },
      { name: '.gitignore', state: 'extended', detail: '.snoop*/' },
    ],
    install: ['npm install --save-dev @types/node'],
  });
  const { '.gitignore': ignored, ...others } = existing;
  for (const [name, text] of Object.entries(others)) expect(read(folder, name)).toBe(text);
  expect(read(folder, '.gitignore')).toBe(`${ignored}\n.snoop*/\n`);
  expect(writeProject(folder).files.at(-1)).toMatchObject({ state: 'unchanged' });
  expect(read(folder, '.gitignore')).toBe(`${ignored}\n.snoop*/\n`);
});

test.each([
  ['is not JSON', (file: string) => writeFileSync(file, '{')],
  ['is a folder', (file: string) => mkdirSync(file)],
])('leaves a package.json that %s to npm', async (_what, make) => {
  const folder = await makeFolder();
  make(join(folder, 'package.json'));
  expect(writeProject(folder).install).toEqual(['npm install']);
});

test('reports a .gitignore that cannot be changed, and a folder that cannot be written', async () => {
  const folder = await makeFolder();
  mkdirSync(join(folder, '.gitignore'));
  expect(writeProject(folder).files.at(-1)).toMatchObject({ name: '.gitignore', state: 'unchanged' });
  writeFileSync(join(folder, 'file'), '');
  expect(() => writeProject(join(folder, 'file'))).toThrow(
    expect.objectContaining({ code: 'cannot_write', exitCode: 3 }),
  );
});

test.each([
  ['/a/Pod tests', 'pod-tests'],
  ['/a/_x', 'x'],
  ['/', 'live-tests'],
  ['/a/日本', 'live-tests'],
])('the package of %s is called %s', (folder, name) => {
  expect(JSON.parse(formatManifest(folder, {})).name).toBe(name);
});

test.each([
  ['', ['node_modules/', '.snoop*/']],
  ['node_modules\n.snoop/\n', []],
  ['# node_modules/\n.snoop*', ['node_modules/']],
])('to %j of .gitignore it adds %j', (text, lines) => {
  expect(findMissingLines(text)).toEqual(lines);
});
