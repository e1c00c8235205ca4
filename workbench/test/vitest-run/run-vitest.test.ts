import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { TestLine } from '../../src/journal/journal-lines.ts';
import { runVitest } from '../../src/vitest-run/run-vitest.ts';
import { makeFolder } from '../support/folder.ts';

/** Runs files with these contents and returns what was passed on. */
async function runFiles(sources: Record<string, string>, testNamePattern?: RegExp) {
  const folder = await makeFolder();
  await mkdir(folder, { recursive: true });
  for (const [name, source] of Object.entries(sources)) await writeFile(join(folder, name), source);
  const lines: TestLine[] = [];
  const result = await runVitest({
    files: Object.keys(sources).flatMap((name) => (name === 'helper.ts' ? [] : [join(folder, name)])),
    context: {
      ...{
        runId: 'r',
        folder,
        kubeconfig: { files: [], context: null },
        serviceAccounts: false,
        owner: 'nobody',
        namespace: null,
      },
    },
    cwd: folder,
    cacheFolder: join(folder, 'cache'),
    output: new PassThrough().resume(),
    verbose: false,
    onTest: (line) => lines.push(line),
    signal: new AbortController().signal,
    ...(testNamePattern && { testNamePattern }),
  });
  const errors = lines.flatMap((line) => {
    if (line.kind !== 'error') return [];
    const [message] = line.message.replaceAll(folder, '').split('\n');
    return [`${line.file?.replace(folder, '') ?? '?'}:${line.line ?? '?'} ${message}`];
  });
  const tests = lines.flatMap((line) => (line.kind === 'result' ? [`${line.state}, ${line.tries}`] : []));
  return { ...result, errors: errors.sort(), tests, lines };
}

const imports = `import { afterAll, beforeAll, describe, test } from 'vitest';\n`;

test('reports errors outside of tests with place and message', async () => {
  const { errors, passed } = await runFiles({
    'after-all.ts': `${imports}describe('s', () => {\n  afterAll(() => { throw 'a text'; });\n  test('t', () => {});\n});`,
    'before-all.ts': `${imports}beforeAll(() => {\n  throw new Error('in beforeAll');\n});\ntest('t', () => {});`,
    'empty.ts': '',
    'helper.ts': `export function fail(): never {\n\n\n  throw new Error('in a helper');\n}`,
    'helped.ts': `import { fail } from './helper.ts';\nfail();`,
    'missing.ts': `${imports}import x from './nowhere.ts';\ntest('t', () => x);`,
    'rejection.ts': `${imports}test('t', async () => {\n  void Promise.reject(new Error('left alone'));\n  void Promise.reject({ code: 3 });\n  void Promise.reject(undefined);\n  await new Promise(setImmediate);\n});`,
    'syntax.ts': `${imports}test('t', () => {\n  const = 1;\n});`,
  });
  expect(passed).toBe(false);
  expect(errors).toMatchInlineSnapshot(`
    [
      "/after-all.ts:? a text",
      "/before-all.ts:3 in beforeAll",
      "/empty.ts:? No test suite found in file /empty.ts",
      "/helper.ts:4 in a helper",
      "/missing.ts:2 Cannot find module './nowhere.ts' imported from /missing.ts",
      "/rejection.ts:3 left alone",
      "/rejection.ts:? { code: 3 }",
      "/syntax.ts:3 Transform failed with 1 error:",
      "?:? undefined or a value without fields was thrown",
    ]
  `);
});

test('counts the tries of a test', async () => {
  const { passed, tests } = await runFiles({
    'tries.ts': `${imports}let n = 0;
test('third', { retry: 3 }, () => { n += 1; if (n < 3) throw new Error('not yet'); });
test('never', { retry: 1 }, () => { throw new Error('never'); });
test('at once', { retry: 1 }, () => {});
test.skip('not at all', () => {});`,
  });
  expect({ passed, tests }).toEqual({ passed: false, tests: ['passed, 3', 'failed, 2', 'passed, 1', 'skipped, 1'] });
});

test('reports names as a pattern matches them', async () => {
  const source = `${imports}describe('outer', () => { describe('inner', () => { test('one', () => {}); }); });\ntest('two', () => {});`;
  expect(await runFiles({ 'a.ts': source }, /outer inner one/)).toMatchObject({
    passed: true,
    names: ['outer inner one', 'two'],
    tests: ['passed, 1', 'skipped, 1'],
  });
});

test('passes on what each test printed, from its beginning', async () => {
  const { lines } = await runFiles({
    'prints.ts': `${imports}console.log('outside');
test('a', () => { console.log('\\u001b[31mone\\u001b[0m'); console.error({ two: 2 }); });
test('b', () => { for (let n = 0; n < 3; n += 1) console.log('x'.repeat(50_000)); });`,
  });
  const ids = lines.flatMap((line) => (line.kind === 'collected' ? [line.test] : []));
  const [a, b] = ids.map((id) =>
    lines.flatMap((line) => (line.kind === 'printed' && line.test === id ? [line.text] : [])).join(''),
  );
  expect(a).toBe('one\n{ two: 2 }\n');
  expect(b?.length).toBeLessThan(70_000);
  expect(b?.startsWith('x'.repeat(50_000))).toBe(true);
  expect(b?.endsWith('… The test printed more, which is not kept.\n')).toBe(true);
});
