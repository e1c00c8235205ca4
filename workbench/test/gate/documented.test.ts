import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as gate } from '../../src/cli/gate.ts';
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
