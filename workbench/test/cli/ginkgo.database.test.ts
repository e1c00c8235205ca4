import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { command as ginkgo } from '../../src/cli/ginkgo.ts';
import { command as runs } from '../../src/cli/runs.ts';
import { gofmt } from '../ginkgo/gofmt.ts';
import { makeGinkgoRun, namespace } from '../ginkgo/made-run.ts';
import { ask } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { withDigest } from '../support/made-run.ts';

const path = `/api/v1/namespaces/${namespace}/configmaps`;
const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace }, data: { key: 'value' } };
/** The last run would be one that ran here. */
const run = '20261130-100000-abcdef';
const sent = [{ request: `POST ${path}`, status: 201, body, answer: body }];

let withBodies: string;
let without: string;
beforeAll(async () => {
  ({ url: withBodies } = await makeDatabase());
  ({ url: without } = await makeDatabase());
});

async function importRun(url: string, hasBodies: boolean): Promise<string> {
  const folder = await makeFolder();
  const file = join(folder, 'run.json');
  await writeFile(file, JSON.stringify(withDigest(makeGinkgoRun({ sent, hasBodies }))));
  const imported = await ask(runs, url, 'import', file);
  expect(imported.stderr).toBe('');
  return folder;
}

test('prints the file, or writes it once', async () => {
  const folder = await importRun(withBodies, true);
  const printed = await ask(ginkgo, withBodies, run, '--conformance');
  expect(printed.exitCode).toBe(0);
  expect(printed.stdout).toContain('framework.ConformanceIt("should run through a Widget lifecycle"');
  expect(printed.stdout).toMatch(/Data: +map\[string\]string\{"key": "value"\}/);
  expect(gofmt(printed.stdout) ?? printed.stdout).toBe(printed.stdout);
  expect(printed.stderr).toBe('It belongs into test/e2e/node of kubernetes/kubernetes.\n');

  const out = join(folder, 'config_map.go');
  expect(await ask(ginkgo, withBodies, run, '--out', out)).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await readFile(out, 'utf8')).toContain('framework.It("should run through a Widget lifecycle"');
  await expect(ask(ginkgo, withBodies, run, '--out', out)).rejects.toMatchObject({ code: 'file_exists', exitCode: 2 });
});

test('a run without stored bodies gets TODO lines, and stderr says so', async () => {
  await importRun(without, false);
  const { exitCode, stdout, stderr } = await ask(ginkgo, without, run);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`// TODO: POST ${path}, answered 201: its body is unknown`);
  expect(stderr).toContain('The run has no stored bodies: the lines marked TODO need the objects that it sent.\n');
});

test('names an unknown run', async () => {
  await expect(ask(ginkgo, without, '20200101')).rejects.toMatchObject({ code: 'unknown_run' });
});
