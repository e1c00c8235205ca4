import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findNewlyFailing } from '../../src/audit-run/compare-suites.ts';
import { formatPassed } from '../../src/audit-run/earlier-run.ts';
import { createRunFile } from '../../src/audit-run/folder/run-file.ts';
import { RunDraft } from '../../src/audit-run/run-draft.ts';

type Tests = Readonly<Record<string, string | null>>;

/** Writes the folder of an audit run with JUnit files; a test with a message failed. */
async function writeRun(...files: readonly Tests[]): Promise<string> {
  return writeFiles(files.map(formatJunit));
}

function formatJunit(tests: Tests): string {
  const cases = Object.entries(tests).map(([name, message]) => {
    const failure = message === null ? '' : `<failure message="${message}">${message}</failure>`;
    return `<testcase name="[It] ${name}" classname="s">${failure}</testcase>`;
  });
  return `<testsuites><testsuite name="s">${cases.join('')}</testsuite></testsuites>`;
}

async function writeFiles(junit: readonly string[]): Promise<string> {
  const parent = mkdtempSync(join(tmpdir(), 'compare-suites-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const draft = RunDraft.create(join(parent, 'run'));
  for (const [index, text] of junit.entries()) draft.writeText(`junit/junit_0${index + 1}.xml`, text);
  await draft.finish((files) =>
    createRunFile({
      ...{ id: 'run', program: '0.1.0', policy: null, command: [], resumes: null, exitCode: 0, gateExitCode: null },
      cluster: { kind: 'local', version: '1.36.0', commit: null, server: 'https://a', sources: [] },
      ...{ startedAt: '2026-11-30T10:00:00Z', endedAt: '2026-11-30T11:00:00Z', complete: true, reasons: [], files },
      counters: { sent: 1, errors: 0, stored: 1, rejected: 0, uncertain: 0 },
    }),
  );
  return join(parent, 'run');
}

const names = async (before: string, after: string) =>
  (await findNewlyFailing(before, after, '/'))?.map(({ name }) => name) ?? null;

test('tests that passed before and fail now are newly failing, in all JUnit files', async () => {
  const before = await writeRun({ a: null, b: 'broken' }, { c: null });
  const after = await writeRun({ a: 'broken', b: 'broken' }, { c: 'broken', d: 'broken' });
  expect(await names(before, after)).toEqual(['a', 'c']);
  expect(await names(after, before)).toEqual([]);
});

test('a process that lists the tests of others as skipped hides none of them', async () => {
  const skipped = '<testcase name="[It] a" classname="s"><skipped/></testcase>';
  const others = `<testsuites><testsuite name="s">${skipped}</testsuite></testsuites>`;
  const before = await writeFiles([formatJunit({ a: null }), others]);
  const after = await writeFiles([formatJunit({ a: 'broken' }), others]);
  expect(await names(before, after)).toEqual(['a']);
});

test('what passed in the run that was continued is compared, too', async () => {
  const passed = formatPassed({ id: 'r', passed: new Set(['a']) });
  const before = await writeFiles([passed, formatJunit({ b: null })]);
  const after = await writeRun({ a: 'broken', b: null });
  expect(await names(before, after)).toEqual(['a']);
});

test('without JUnit, or with another input, they are unknown', async () => {
  const run = await writeRun({ a: null });
  expect(await names(run, await writeRun())).toBe(null);
  expect(await names('1.36', run)).toBe(null);
});

test('JUnit that is cut is an error', async () => {
  const cut = await writeFiles(['<testsuites><testsuite name="s"><testcase name="[It] a">']);
  await expect(names(await writeRun({ a: null }), cut)).rejects.toThrow(/The JUnit in .* cannot be read/);
});
