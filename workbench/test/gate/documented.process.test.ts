import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as gate } from '../../src/cli/gate.ts';
import type { SnoopError } from '../../src/errors.ts';
import { runCommand } from '../support/ask.ts';
import { makeKubernetes, makeOperator } from './documented-folders.ts';

const text = readFileSync(new URL('../../../docs/gate.md', import.meta.url), 'utf8');
const commands = listBlocks(/^```sh by-gate-test$/);
const screens = listBlocks(/^```text screen of (.+)$/);

const folder = mkdtempSync(join(tmpdir(), 'snoop-gate-document-'));
beforeAll(() => {
  makeKubernetes(folder);
  makeOperator(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('every command of docs/gate.md has a screen', () => {
  expect(screens.map(({ of }) => of)).toEqual(commands.map(({ lines }) => lines.join('\n')));
});

test.for(screens)('docs/gate.md shows what is printed by $of', async ({ of, lines }) => {
  const [npx, snoop, name, ...args] = of.split(' ');
  expect([npx, snoop, name]).toEqual(['npx', 'snoop', 'gate']);
  const { stdout, exitCode } = await runCommand(gate, folder, args, { PATH: process.env.PATH });
  expect(findDifference(lines, stdout.split('\n')), stdout).toBeNull();
  const [, shown] = /exit code (\d)/.exec(lines.join('\n')) ?? [];
  expect(exitCode).toBe(Number(shown));
});

const named = ['--openapi', 'kubernetes/api/openapi-spec/swagger.json', '--previous', 'v1.36.0', '--ineligible'];
named.push('kubernetes/test/conformance/testdata/ineligible_endpoints.yaml');

/** Writes the log of the pull request with a change. */
function writeLog(name: string, change: (log: string) => string): string {
  const log = readFileSync(join(folder, 'audit.log'), 'utf8');
  writeFileSync(join(folder, name), change(log));
  return name;
}

function writeList(name: string, list: string): string {
  writeFileSync(join(folder, name), list);
  return name;
}

const broken: readonly (readonly [row: string, exit: string, args: () => string[]])[] = [
  ['one of the lists is not given', '2', () => named],
  ['a source is missing', '3', () => ['--repo', 'kubernetes', '--pending', writeList('page.yaml', '<html>')]],
  ['an entry of a list is cut', '3', () => ['--repo', 'kubernetes', '--pending', writeList('cut.yaml', '- {x: 1}\n')]],
  ['the previous document is the same', '3', () => ['--repo', 'kubernetes', '--previous', 'HEAD']],
  ['older than `--max-age`', '3', () => ['--repo', 'kubernetes', '--hits', 'old.log']],
  [
    'hits are of another minor release',
    '3',
    () => ['--repo', 'kubernetes', '--hits', writeLog('other.log', (log) => log.replaceAll('v1.37.0', 'v1.36.0'))],
  ],
  [
    'one log is of two minor releases',
    '3',
    () => [
      '--repo',
      'kubernetes',
      '--hits',
      writeLog('mixed.log', (log) => log + log.replaceAll('v1.37.0', 'v1.35.0')),
    ],
  ],
  [
    'hits are of a run that was cut',
    '3',
    () => ['--repo', 'kubernetes', '--hits', writeLog('part.log', (log) => `${log.split('\n', 2).join('\n')}\n`)],
  ],
];

test.for(broken)('docs/gate.md: %s: exit %s', async ([row, exit, args]) => {
  writeLog('old.log', (log) => log.replaceAll(/"20\d\d-/g, '"2020-'));
  expect(text.split('\n').find((line) => line.startsWith('|') && line.includes(row))).toMatch(`| ${exit}`);
  const ended = runCommand(gate, folder, args(), { PATH: process.env.PATH });
  const code = await ended.then(({ exitCode }) => exitCode).catch((error: SnoopError) => error.exitCode);
  expect(String(code)).toBe(exit);
});

/** A line of `…` stands for any lines, `…` at the end of a line for its rest. @returns the first line that differs */
function findDifference(shown: readonly string[], printed: readonly string[]): string | null {
  let at = 0;
  let maySkip = false;
  for (const line of shown) {
    if (line === '…') {
      maySkip = true;
      continue;
    }
    const fits = (one: string): boolean => (line.endsWith('…') ? one.startsWith(line.slice(0, -1)) : one === line);
    while (maySkip && at < printed.length && !fits(printed[at] ?? '')) at++;
    if (!fits(printed[at] ?? '')) return line;
    maySkip = false;
    at++;
  }
  return null;
}

function listBlocks(fence: RegExp): { of: string; lines: string[] }[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const found = fence.exec(line);
    if (found === null) return [];
    return [{ of: found[1] ?? '', lines: lines.slice(index + 1, lines.indexOf('```', index)) }];
  });
}
