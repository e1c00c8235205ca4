import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseIgnoredLosses, readIgnoredLosses } from '../../src/coverage-files/ignored-losses.ts';
import { SnoopError } from '../../src/errors.ts';
import { makeFolder } from '../support/folder.ts';

const parse = (text: string) => parseIgnoredLosses('ignore.yaml', Buffer.from(text));

function listProblems(text: string | Buffer): string[] {
  try {
    parseIgnoredLosses('ignore.yaml', Buffer.from(text));
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    expect([error.code, error.exitCode]).toEqual(['bad_ignore_list', 2]);
    return [error.message, ...error.advice.slice(0, -1)];
  }
  throw new Error('nothing was refused');
}

test('reads endpoints and tests, with Windows line ends and a byte order mark', () => {
  const text = `\uFEFF# known
- endpoint: readCoreV1NamespacedPod
  reason: kubernetes#1
  until: 2027-03-31
- test: '[sig-apps] Lifecycle -- all verbs [Conformance]'
  reason: "removed: see #2"
  until: '2026-12-31'
`;
  const expected = [
    { endpoint: 'readCoreV1NamespacedPod', test: null, reason: 'kubernetes#1', until: '2027-03-31', line: 2 },
    {
      ...{ endpoint: null, test: '[sig-apps] Lifecycle -- all verbs [Conformance]', reason: 'removed: see #2' },
      ...{ until: '2026-12-31', line: 5 },
    },
  ];
  expect(parse(text)).toEqual(expected);
  expect(parse(text.replaceAll('\n', '\r\n'))).toEqual(expected);
});

test.each(['', '# none\n', 'null\n', '[]\n', '---\n'])('%j has no entries', (text) => {
  expect(parse(text)).toEqual([]);
});

test('refuses all problems with line and column', () => {
  const text = `- endpoint: a
  reason: x
  untill: 2026-12-01
- test: b
  endpoint: b
  reason: 12
  until: 2026-02-31
- endpoint: a
  until: 2026-12-01
- nothing
- {endpoint: '', reason: x, until: 2026-12-01}
- {test: c, reason: , until: tomorrow}
`;
  expect(listProblems(text)).toMatchInlineSnapshot(`
    [
      "ignore.yaml:3:3: unknown key 'untill'. An entry has endpoint or test, reason and until.",
      "ignore.yaml:1:3: the entry has no until.",
      "ignore.yaml:6:11: reason must be a text; put it in quotes.",
      "ignore.yaml:4:3: an entry must name either an endpoint or a test.",
      "ignore.yaml:7:10: '2026-02-31' is not a date. Write until as YYYY-MM-DD.",
      "ignore.yaml:8:3: the entry has no reason.",
      "ignore.yaml:8:3: the endpoint a is already in line 1. Remove one of them.",
      "ignore.yaml:10:3: an entry must be a mapping with endpoint or test, reason and until.",
      "ignore.yaml:11:15: endpoint must be a text.",
      "ignore.yaml:12:13: reason must be a text.",
      "ignore.yaml:12:30: 'tomorrow' is not a date. Write until as YYYY-MM-DD.",
    ]
  `);
});

test.each([
  ['{a: 1}', 'ignore.yaml is not a list of entries.'],
  ['<html>', 'ignore.yaml is not a list of entries.'],
  ['[]\n---\n[]\n', 'ignore.yaml has 2 YAML documents. Write one list.'],
  [Buffer.from([0xff, 0xfe]), 'ignore.yaml is not UTF-8 text.'],
  ['- endpoint: a\n  endpoint: b\n', 'ignore.yaml:2:3: this is not YAML: duplicated mapping key.'],
  ['- &a [*a]\n', /^ignore\.yaml:1:\d+: this is not YAML: /],
  ['- test: [sig-x] foo\n', /^ignore\.yaml:1:17: this is not YAML: .* Put the names of tests in quotes/],
  ['['.repeat(10_000), /^ignore\.yaml:1:\d+: this is not YAML: /],
])('refuses %j', (text, message) => {
  expect(listProblems(text)).toEqual([expect.stringMatching(message)]);
});

test('refuses a missing file, and one above 1 MiB', async () => {
  const cwd = await makeFolder();
  const read = (file: string) => readIgnoredLosses(file, { cwd, signal: new AbortController().signal });
  await expect(read('none.yaml')).rejects.toMatchObject({ code: 'unreadable_input', exitCode: 2 });
  await writeFile(join(cwd, 'large.yaml'), '#'.repeat(2 ** 20 + 1));
  await expect(read('large.yaml')).rejects.toMatchObject({ code: 'unreadable_input', exitCode: 2 });
  await writeFile(join(cwd, 'small.yaml'), '- {endpoint: a, reason: b, until: 2026-12-31}');
  expect(await read('small.yaml')).toHaveLength(1);
});
