import { countRounds, takeShare } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import { fileNames, type FileRole, formatWorld } from '../support/gate-world/made-files.ts';
import { makeWorld } from '../support/gate-world/made-world.ts';
import { judgeWorld, listFlags } from '../support/gate-world/run-gate.ts';

const yamlBomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
  .map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[index]}`).join(',')}]\n`)
  .join('')}`;

/** What reads too much, and how a gate may end with it. */
const excesses: readonly (readonly [role: FileRole, what: string, make: () => string])[] = [
  ['openapi', 'five million values', () => `{"paths":{},"x":[${'1,'.repeat(5_000_000)}1]}`],
  ['openapi', 'deep nesting', () => `{"paths":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['openapi', 'deep objects', () => `{"paths":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`],
  ['openapi', 'three hundred thousand operations', makeManyOperations],
  ['previous', 'five million values', () => `{"paths":{},"x":[${'1,'.repeat(5_000_000)}1]}`],
  ['ineligible', 'a YAML bomb', () => yamlBomb],
  ['ineligible', 'a million entries', () => '- {endpoint: a, reason: b, link: c}\n'.repeat(1_000_000)],
  ['pending', 'a YAML bomb', () => `${yamlBomb}k: [*j]\n`],
  ['pending', 'a million entries', () => Array.from({ length: 1_000_000 }, (_, index) => `- a${index}\n`).join('')],
  ['pending', 'deep nesting', () => `${'- '.repeat(50_000)}a\n`],
  ['pending', 'a long name', () => `- ${'a'.repeat(1 << 20)}\n`],
  ['ineligible', 'a long name', () => `- endpoint: ${'a'.repeat(1 << 20)}\n  reason: b\n  link: c\n`],
  ['conformance', 'a YAML bomb', () => yamlBomb],
  ['conformance', 'deep nesting', () => `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['conformance', 'many documents', () => '---\na\n'.repeat(200_000)],
  ['coverage', 'five million values', () => `{"endpoints":[${'1,'.repeat(5_000_000)}1]}`],
  ['coverage', 'deep nesting', () => `{"endpoints":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
];

test.each(takeShare(excesses))('%s: %s', async (role, _, make) => {
  const before = process.memoryUsage().rss;
  const run = await judgeWorld(makeWorld(), listFlags(), (files) => {
    files[role] = make();
  });
  expect(run.exitCode, run.stdout.slice(0, 1000)).toBe(3);
  expect(run.stderr + run.stdout).toContain(fileNames[role]);
  expect(run.stderr.length + run.stdout.length).toBeLessThan(100_000);
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(1500);
});

function makeManyOperations(): string {
  const paths = Array.from({ length: 300_000 }, (_, index) => [
    `/apis/a/v1/${index}`,
    { get: { operationId: `a${index}` } },
  ]);
  return JSON.stringify({ swagger: '2.0', paths: Object.fromEntries(paths) });
}

test('a log with hundreds of thousands of agents, each with a test of its own', async () => {
  const world = makeWorld();
  const { log } = formatWorld(world);
  const [line = ''] = log.toString().split('\n').slice(1);
  const run = await judgeWorld(world, listFlags('log'), (files) => {
    const lines = Array.from({ length: countRounds(300_000) }, (_, index) =>
      line
        .replace('[sig-apps]', `[sig-${index}]`)
        .replace('8000-000000000000', `9000-${String(index).padStart(12, '0')}`),
    );
    files.log = `${String(log)}${lines.join('\n')}\n`;
  });
  expect(run.exitCode, run.stderr).not.toBe(2);
  expect(run.stdout.length).toBeLessThan(1_000_000);
});
