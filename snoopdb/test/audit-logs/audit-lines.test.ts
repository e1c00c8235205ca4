import { describe, expect, test } from 'vitest';
import { readAuditEvents } from '../../src/index.ts';
import { pipeInput } from '../support/log-files.ts';

interface Seen {
  text: string;
  line: number;
  flaw: string | null;
}

/** Reads a log that comes in pieces of so many bytes. */
async function read(log: string | Buffer, pieceBytes: number, maxValueBytes?: number): Promise<Seen[]> {
  const bytes = Buffer.from(log);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  const seen: Seen[] = [];
  for await (const events of readAuditEvents(await pipeInput(pieces), maxValueBytes ? { maxValueBytes } : {})) {
    for (const { body, slice, line, byteOffset } of events) {
      const text = body.toString('utf8', slice.start, slice.end);
      expect(bytes.toString('utf8', byteOffset, byteOffset + Buffer.byteLength(text))).toBe(text);
      seen.push({ text, line, flaw: slice.flaw?.reason ?? null });
    }
  }
  return seen;
}

const event = (id: string): string => `{"auditID":"${id}","requestURI":"/api"}`;
const pretty = (id: string): string => JSON.stringify({ kind: 'Event', auditID: id, user: { groups: ['a'] } }, null, 2);
const prettyList = `{\n  "kind": "EventList",\n  "items": [\n    ${event('l1')},\n    {\n      "auditID": "l2"\n    }\n  ]\n}`;

const logs: [name: string, log: string, events: [text: string, line: number][]][] = [
  [
    'lines',
    `${event('a')}\n${event('b')}\n`,
    [
      [event('a'), 1],
      [event('b'), 2],
    ],
  ],
  [
    'a last line without a newline',
    `${event('a')}\n${event('b')}`,
    [
      [event('a'), 1],
      [event('b'), 2],
    ],
  ],
  [
    'Windows line ends',
    `${event('a')}\r\n\r\n${event('b')}\r\n`,
    [
      [event('a'), 1],
      [event('b'), 3],
    ],
  ],
  [
    'blank lines',
    `\n \n${event('a')}\n\t\n\n${event('b')}\n\n`,
    [
      [event('a'), 3],
      [event('b'), 6],
    ],
  ],
  ['a byte order mark', `\uFEFF${event('a')}\n`, [[event('a'), 1]]],
  [
    'indented lines',
    `  ${event('a')}\n\t${event('b')} \n`,
    [
      [event('a'), 1],
      [event('b'), 2],
    ],
  ],
  [
    'bodies of a webhook',
    `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${event('a')},${event('b')}]}\n${event('c')}\n`,
    [
      [event('a'), 1],
      [event('b'), 1],
      [event('c'), 2],
    ],
  ],
  ['a list without events', `{"kind":"EventList","items":null}\n{"kind":"EventList","items":[]}\n`, []],
  [
    'documents over many lines',
    `${pretty('a')}\n${pretty('b')}\n${event('c')}`,
    [
      [pretty('a'), 1],
      [pretty('b'), 10],
      [event('c'), 19],
    ],
  ],
  [
    'a list over many lines',
    `\n${prettyList}\n${event('c')}\n`,
    [
      [event('l1'), 5],
      ['{\n      "auditID": "l2"\n    }', 6],
      [event('c'), 11],
    ],
  ],
  [
    'several events on a line, a list, and a cut list',
    `${event('a')}${event('b')} ${event('c')}\n[${event('d')},${event('e')}]\n{"kind":"EventList","items":[\n${event('f')}`,
    [
      [event('a'), 1],
      [event('b'), 1],
      [event('c'), 1],
      [event('d'), 2],
      [event('e'), 2],
      [event('f'), 4],
    ],
  ],
  [
    'lists over many lines',
    `[\n  ${event('a')},\n  {\n    "auditID": "b"\n  }\n]\n[{\n"auditID": "c"\n}, {\n "auditID": "d"\n}\n]\n${event('e')}`,
    [
      [event('a'), 2],
      ['{\n    "auditID": "b"\n  }', 3],
      ['{\n"auditID": "c"\n}', 7],
      ['{\n "auditID": "d"\n}', 9],
      [event('e'), 13],
    ],
  ],
  [
    'zeros of a rotation',
    `${'\0'.repeat(1000)}${event('a')}\n\0\0\n${event('b')}\0`,
    [
      [event('a'), 1],
      [event('b'), 3],
    ],
  ],
  ['an empty log', '', []],
];

describe.each([1, 7, 1_000_000])('in pieces of %d bytes', (pieceBytes) => {
  test.each(logs)('reads %s', async (_name, log, events) => {
    expect(await read(log, pieceBytes)).toEqual(events.map(([text, line]) => ({ text, line, flaw: null })));
  });

  test.each([
    ['no JSON', 'hello'],
    ['cut', event('x').slice(0, -5)],
    ['cut in a string', event('x').slice(0, 14)],
    ['cut before a value', '{"auditID":'],
    ['followed by something', `${event('x')} x`],
    ['a number', '5'],
    ['another kind', '{"kind":"Pod","auditID":"x"}'],
    ['a kind of odd type', '{"kind":0,"auditID":"x"}'],
    ['another group', '{"kind":"Event","apiVersion":"events.k8s.io/v1","auditID":"x"}'],
    ['an empty object', '{}'],
    ['a list without a list', '{"kind":"EventList","items":{}}'],
  ])('rejects a line that is %s, and nothing else', async (_name, line) => {
    const seen = await read(`${event('a')}\n${line}\n${event('b')}\n`, pieceBytes);
    expect(seen.map(({ text, line: at }) => [text, at])).toEqual([
      [event('a'), 1],
      [line, 2],
      [event('b'), 3],
    ]);
    expect(seen.map(({ flaw }) => flaw === null)).toEqual([true, false, true]);
    // At the end of the log too.
    expect(await read(`${event('a')}\n${line}`, pieceBytes)).toHaveLength(2);
  });
});

test('rejects a document over many lines that never ends, and nothing else', async () => {
  const seen = await read(`{\n  "auditID": "x",\n${event('a')}\n  "b": 1\n${event('c')}\n`, 9);
  expect(seen.filter(({ flaw }) => flaw === null).map(({ text }) => text)).toEqual([event('a'), event('c')]);
  expect(seen).toHaveLength(5);
});

test('rejects a line that is nested a million times, and reads its neighbors', async () => {
  const levels = 1_000_000;
  const deep = `{"auditID":"x","deep":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const open = `{"auditID":"x","deep":${'[{"a":'.repeat(levels)}`;
  const seen = await read(`${event('a')}\n${deep}\n${event('b')}\n${open}\n${event('c')}\n`, 256 * 1024);
  expect(seen.map(({ line, flaw }) => [line, flaw])).toEqual([
    [1, null],
    [2, 'nesting of more than 10000 levels'],
    [3, null],
    [4, 'no JSON: it ends too soon'],
    [5, null],
  ]);
});

test('rejects a list without "items"', async () => {
  const lists = ['{"kind":"EventList"}', `{"kind":"EventList","Items":[${event('a')}]}`];
  const seen = await read(`${lists.join('\n')}\n`, 10);
  expect(seen.map(({ flaw }) => flaw)).toEqual(lists.map(() => 'an EventList without a list of items'));
});

test('rejects a line over the limit without holding it in memory', async () => {
  const seen = await read(`${event('a')}\n{"auditID":"${'x'.repeat(5000)}"}\n${event('b')}\n`, 100, 1000);
  expect(seen.map(({ line, flaw }) => [line, flaw])).toEqual([
    [1, null],
    [2, 'a line of more than 1000 bytes'],
    [3, null],
  ]);
});

describe.each([
  ['on one line', ''],
  ['over many lines', '\n '],
])('a list with more events than a group, %s', (_where, separator) => {
  const ids = Array.from({ length: 10_000 }, (_, number) => `id ${number}`);
  const begin = `{"kind":"EventList",${separator}"items":[`;

  test('is yielded in groups', async () => {
    const groups: number[] = [];
    const seen: string[] = [];
    const log = `${begin}${ids.map(event).join(`,${separator}`)}]}\n${event('after')}\n`;
    for await (const events of readAuditEvents(await pipeInput([log]))) {
      groups.push(events.length);
      for (const { body, slice, line, byteOffset } of events) {
        seen.push(`${line} ${slice.auditId}`);
        expect(log.slice(byteOffset).startsWith(body.toString('utf8', slice.start, slice.end))).toBe(true);
      }
    }
    const isMany = separator !== '';
    expect(seen).toEqual([
      ...ids.map((id, number) => `${isMany ? number + 2 : 1} ${id}`),
      `${isMany ? ids.length + 2 : 2} after`,
    ]);
    expect(Math.max(...groups)).toBeLessThanOrEqual(4000);
  });

  test('is rejected if something follows it', async () => {
    const seen = await read(`${begin}${ids.map(event).join(',')}]} x\n${event('after')}\n`, 1_000_000);
    expect(seen.filter(({ flaw }) => flaw === null).map(({ text }) => text)).toContain(event('after'));
    expect(seen.filter(({ flaw }) => flaw !== null).length).toBeGreaterThan(0);
  });

  test('is checked for invalid text', async () => {
    const log = Buffer.from(`${begin}${ids.map(event).join(',')}]}\n`, 'latin1');
    log[log.indexOf('id 9000')] = 0xff;
    const flaws: (string | null)[] = [];
    for await (const events of readAuditEvents(await pipeInput([log]))) {
      for (const { slice } of events) flaws.push(slice.flaw?.reason ?? null);
    }
    expect([flaws.length, flaws.filter((flaw) => flaw !== null), flaws[9000]]).toEqual([
      10_000,
      ['bytes that are not UTF-8'],
      'bytes that are not UTF-8',
    ]);
  });
});

test('fails on a document over many lines that is too long', async () => {
  await expect(read(`{\n${'  "a": 1,\n'.repeat(1000)}`, 100, 1000)).rejects.toMatchObject({
    code: 'unreadable_input',
    message: expect.stringContaining('a document of more than 1000 bytes over many lines, from line 1 on'),
  });
});

test.each([1, 7, 1000])('a page is refused, in pieces of %d bytes', async (pieceBytes) => {
  for (const page of [
    '<!DOCTYPE html>\n<title>Sign in</title>\n',
    '\n <html lang="en"><body>404</body>\n',
    '<HTML>\n',
  ]) {
    await expect(read(page, pieceBytes)).rejects.toMatchObject({
      code: 'unreadable_input',
      message: expect.stringMatching(/^standard input is an HTML page, not an audit log\. Nothing was loaded\./),
    });
  }
  expect(await read(`<134>1 - host ${event('a')}\n`, pieceBytes)).toHaveLength(1);
});
