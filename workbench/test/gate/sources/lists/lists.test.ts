import { expect, test } from 'vitest';
import { readConformanceList } from '../../../../src/gate/sources/lists/conformance-list.ts';
import { readIneligibleList, readPendingList } from '../../../../src/gate/sources/lists/endpoint-lists.ts';

function file(text: string | Buffer) {
  return { name: 'list.yaml', bytes: Buffer.from(text) };
}

const readers = {
  conformance: (text: string | Buffer) => readConformanceList(file(text)),
  ineligible: (text: string | Buffer) => readIneligibleList(file(text)),
  pending: (text: string | Buffer) => readPendingList(file(text), false),
};

const whole = {
  conformance: '- testname: T\n  codename: A test\n  description: D\n  release: v1.9, v1.19\n  file: a.go\n',
  ineligible: '- endpoint: readA\n  reason: R\n  link: L\n- endpoint: readB\n  reason: R\n  link: L\n',
  pending: '---\n# why\n- readA\n- readB\n',
};

type ListName = keyof typeof readers;
const names: readonly ListName[] = ['conformance', 'ineligible', 'pending'];

test.for(names)('%s: reads entries with their lines', (name) => {
  expect(readers[name](whole[name]).entries).toMatchSnapshot();
});

test.for(names)('%s: Windows line ends and a byte order mark change nothing', (name) => {
  const { entries } = readers[name](whole[name]);
  expect(readers[name](whole[name].replaceAll('\n', '\r\n')).entries).toEqual(entries);
  expect(readers[name](`\uFEFF${whole[name]}`).entries).toEqual(entries);
});

test.for(['', '\n', '# nothing\n', '---\n', '--- # nothing\n', 'null\n', '~\n', '[]\n', '---\n...\n'])(
  'an empty list is legal, but for conformance tests: %j',
  (text) => {
    expect(readers.pending(text).entries).toEqual([]);
    expect(readers.ineligible(text).entries).toEqual([]);
    expect(() => readers.conformance(text)).toThrow('list.yaml has no test.');
  },
);

test('JSON lists are read, also with tabs', () => {
  const list = [{ link: 'L', reason: 'R', endpoint: 'readA' }];
  for (const space of [undefined, 4, '\t']) {
    expect(readers.ineligible(JSON.stringify(list, null, space)).entries).toMatchObject([{ endpoint: 'readA' }]);
    expect(readers.pending(JSON.stringify(['readA'], null, space)).entries).toMatchObject([{ endpoint: 'readA' }]);
  }
});

test('the first of repeated entries counts, with a note', () => {
  const { entries, notes } = readers.pending('- readA\n- readB\n- readA\n');
  expect(entries.map(({ endpoint, line }) => [endpoint, line])).toEqual([
    ['readA', 1],
    ['readB', 2],
  ]);
  expect(notes).toEqual(['Line 3 repeats readA of line 1; the first counts.']);
  const many = readers.pending('- readA\n'.repeat(100));
  expect([many.entries.length, many.notes.length, many.notes.at(-1)]).toEqual([1, 11, 'Other repeated entries: 89.']);
});

test('every cut list is refused or lacks whole entries only', () => {
  const known = new Set(['A test', 'readA', 'readB']);
  for (const name of names) {
    for (let length = 1; length < whole[name].length; length++) {
      let entries: readonly { codename?: string; endpoint?: string }[] = [];
      try {
        ({ entries } = readers[name](whole[name].slice(0, length)));
      } catch (error) {
        expect(error).toHaveProperty('message', expect.stringMatching(/^list\.yaml/));
      }
      for (const { codename, endpoint } of entries) expect(known).toContain(codename ?? endpoint);
    }
  }
});

test.for<[ListName, string | Buffer]>([
  ['conformance', whole.pending],
  ['conformance', whole.ineligible],
  ['ineligible', whole.pending],
  ['ineligible', whole.conformance],
  ['pending', whole.conformance],
  ['pending', whole.ineligible],
  ['pending', '- readA'],
  ['pending', '- - readA\n'],
  ['pending', '- 12\n'],
  ['pending', '- null\n'],
  ['pending', '- one test\n'],
  ['pending', 'readA\n'],
  ['pending', 'a: b\n'],
  ['pending', '404: Not Found'],
  ['pending', '<!DOCTYPE html><html></html>'],
  ['pending', '{"paths": {}}'],
  ['pending', '- readA\n---\n- readB\n'],
  ['pending', '- "readA\n'],
  ['pending', Buffer.from([0x2d, 0x20, 0xff, 0xfe])],
  ['pending', `${'['.repeat(30)}a${']'.repeat(30)}\n`],
  ['pending', `- &a readA\n${'- *a\n'.repeat(21)}`],
  ['ineligible', '- endpoint: readA\n  reason: R\n  link: L\n  links: X\n'],
  ['ineligible', '- endpoint: readA\n  endpoint: readB\n  reason: R\n  link: L\n'],
  ['ineligible', '- endpoint: readA\n  reason: R\n'],
  ['ineligible', '- endpoint: readA\n  reason: R\n  link: ""\n'],
  ['conformance', '- codename: A test\n  release: v1.30\n'],
  ['conformance', `${whole.conformance}- testname: half`],
])('%s refuses %j', ([name, text]) => {
  expect(() => readers[name](text)).toThrowErrorMatchingSnapshot();
});

test('a test without a readable release is noted', () => {
  const { entries, notes } = readers.conformance(whole.conformance.replace('v1.9, v1.19', 'soon'));
  expect([entries[0]?.promotedIn, notes]).toEqual([null, ['Tests without a readable release: 1.']]);
});

test('a list with too many values is refused', () => {
  expect(() => readers.pending('- a\n'.repeat(200_001))).toThrow('list.yaml has more than 200000 values.');
});
