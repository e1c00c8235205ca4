import { expect, test } from 'vitest';
import { findNameFaults } from '../../src/review/source-names.ts';

test('accepts ordinary names of projects', () => {
  const names = ['a.live.ts', 'tests/größe (1).live.ts', 'tests/[kind]/x+y@2.ts', 'a/b/c.json', '日本.ts'];
  expect([...findNameFaults(names)]).toEqual([]);
});

test.each([
  ['', 'is empty'],
  ['../a.ts', 'leads out of its folder'],
  ['a/../../b.ts', 'leads out of its folder'],
  ['a/..', 'leads out of its folder'],
  ['/etc/cron.d/a', 'is an absolute path'],
  ['C:/a.ts', 'is an absolute path'],
  [String.raw`\\server\a.ts`, 'is an absolute path'],
  [String.raw`a\..\b.ts`, 'has a backslash'],
  ['a//b.ts', 'has an empty part'],
  ['./a.ts', 'has an empty part'],
  ['a.ts/', 'has an empty part'],
  ['.env', 'is hidden'],
  ['a/.git/config', 'is hidden'],
  ['node_modules/vitest/index.js', 'is inside node_modules'],
  ['a\u001b[2J.ts', 'has control characters'],
  ['a\u202egnp.ts', 'has control characters'],
  ['a\n.ts', 'has control characters'],
  ['a\0.ts', 'has control characters'],
  ['a .ts /b', 'is odd'],
  ['a./b', 'is odd'],
  ['ab:c.ts', 'is odd'],
  ['$(id).ts', 'is odd'],
  [`${'a'.repeat(256)}.ts`, 'has a part of more than 255 bytes'],
  [`${'a/'.repeat(250)}a.ts`, 'has more than 500 characters'],
])('refuses %j', (name, fault) => {
  expect(findNameFaults([name]).get(name)).toContain(fault);
});

test('refuses names that are the same file, and a file that is also a folder', () => {
  expect(
    Object.fromEntries(findNameFaults(['a.ts', 'A.ts', 'é.ts', 'e\u0301.ts', 'b', 'b/c.ts', 'd.ts', 'd.ts'])),
  ).toEqual({
    'A.ts': 'is the same file as a.ts on some systems',
    'e\u0301.ts': 'is the same file as é.ts on some systems',
    'b/c.ts': 'is below b, which is a file',
    'd.ts': 'is there twice',
  });
});
