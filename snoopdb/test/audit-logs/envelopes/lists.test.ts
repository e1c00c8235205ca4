import { describe, expect, test } from 'vitest';
import { readAuditEvents } from '../../../src/index.ts';
import { pipeInput } from '../../support/log-files.ts';
import { createTestRandom, pick, pickNumber, type Random } from '../../support/random.ts';

/** An item of a list, and what is to be read of it. */
interface Item {
  text: string;
  events: string[];
  rejects: number;
}

function makeEvent(random: Random, number: number): string {
  const id = `"auditID":"id-${number}"`;
  return pick(random, [
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1",${id},"stage":"ResponseComplete","requestURI":"/api?a=[1,{2"}`,
    `{${id},"stage":"ResponseStarted","requestObject":{"items":[0,{"a":[]}]}}`,
    `{ ${id} , "requestURI" : "/api" }`,
  ]);
}

function makeItem(random: Random, number: number, depth = 0): Item {
  const event = makeEvent(random, number);
  const list = (): Item[] =>
    Array.from({ length: pickNumber(random, 4) }, (_, at) => makeItem(random, number * 10 + at, depth + 1));
  const kinds: (() => Item)[] = [
    () => ({ text: event, events: [event], rejects: 0 }),
    () => ({ text: event, events: [event], rejects: 0 }),
    () => ({ text: JSON.stringify({ log: `${event}\n`, stream: 'stdout', time: 't' }), events: [event], rejects: 0 }),
    () => ({ text: JSON.stringify({ timestamp: 1, message: event }), events: [event], rejects: 0 }),
    () => ({ text: JSON.stringify(event), events: [event], rejects: 0 }),
    () => ({
      text: pick(random, ['0', '-1.5e3', '12345678901234567890', 'true', 'false', 'null']),
      events: [],
      rejects: 1,
    }),
    () => ({ text: pick(random, ['""', '"a word"', '"],["', '"\\"{"']), events: [], rejects: 1 }),
    () => ({
      text: pick(random, ['{}', '{"kind":"Pod","items":[{}]}', '{"level":"info","a":[1,2]}', '{"items":{}}']),
      events: [],
      rejects: 1,
    }),
  ];
  if (depth < 3) kinds.push(() => join('[', list(), ']'));
  if (depth < 2) kinds.push(() => join('{"records":[', list(), ']}'));
  return pick(random, kinds)();
}

function join(head: string, items: readonly Item[], tail: string, separator = ','): Item {
  return {
    text: head + items.map(({ text }) => text).join(separator) + tail,
    events: items.flatMap(({ events }) => events),
    rejects: items.reduce((sum, { rejects }) => sum + rejects, 0),
  };
}

async function read(log: Buffer, pieceBytes: number) {
  const pieces: Buffer[] = [];
  for (let at = 0; at < log.length; at += pieceBytes) pieces.push(log.subarray(at, at + pieceBytes));
  const seen: { events: string[]; shapes: Set<string>; rejects: string[] } = {
    events: [],
    shapes: new Set(),
    rejects: [],
  };
  for await (const events of readAuditEvents(await pipeInput(pieces))) {
    for (const { body, slice, shape, line, byteOffset } of events) {
      const text = body.toString('utf8', slice.start, slice.end);
      if (shape === null) seen.rejects.push(`${line} ${byteOffset} ${slice.flaw?.reason}: ${text}`);
      else seen.events.push(text);
      if (shape !== null) seen.shapes.add(shape);
    }
  }
  return seen;
}

const kinds: readonly [what: string, head: string, tail: string][] = [
  ['an array', '[', ']'],
  ['an EventList', '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[', ']}'],
  ['an EventList with sorted keys', '{"apiVersion":"audit.k8s.io/v1","items":[', '],"kind":"EventList","metadata":{}}'],
  ['records', '{"records":[', '],"message":"of 3"}'],
  ["CloudWatch's answer", '{"events":[', '],"searchedLogStreams":[{"a":[]}],"nextToken":"x"}'],
  ["CloudWatch's subscription", '{"messageType":"DATA_MESSAGE","logGroup":"a","logEvents":[', ']}'],
];

describe.each(kinds)('%s of items of all kinds', (what, head, tail) => {
  const after = '{"auditID":"after","requestURI":"/"}';

  test.each([
    ['on one line', ','],
    ['over many lines', ',\n  '],
    ['with commas before its lines', '\n, '],
  ])('reads or rejects each item by itself, %s, in pieces of any size', async (_where, separator) => {
    const random = createTestRandom(what.length);
    for (let round = 0; round < 16; round += 1) {
      // The last one is longer than the reader waits for.
      const count = round < 15 ? pickNumber(random, 8) : 1000;
      const items = Array.from({ length: count }, (_, number) => makeItem(random, number));
      const { text, events, rejects } = join(head, items, tail, separator);
      const log = Buffer.from(`${text}\n${after}`);
      const whole = await read(log, log.length);
      expect(whole.events, text).toEqual([...events, after]);
      expect(whole.rejects.length, `${text}\n${whole.rejects.join('\n')}`).toBe(rejects);
      for (const pieceBytes of count > 8 ? [5000, 70_000] : [1, 2, 13, 100]) {
        expect(await read(log, pieceBytes), `${pieceBytes} ${text}`).toEqual(whole);
      }
    }
  });

  test('reads the same events from any pieces, cut anywhere', async () => {
    const random = createTestRandom(what.length + 1);
    for (let round = 0; round < 30; round += 1) {
      const items = Array.from({ length: 1 + pickNumber(random, 5) }, (_, number) => makeItem(random, number));
      const { text } = join(head, items, tail, pick(random, [',', ',\n', '\n,']));
      const at = pickNumber(random, text.length);
      const cut = pick(random, [text.slice(at), text.slice(0, at)]);
      const log = Buffer.from(`${cut}\n${after}\n`);
      const whole = await read(log, log.length);
      for (const pieceBytes of [1, 13, 100]) {
        expect(await read(log, pieceBytes), `${pieceBytes} ${cut}`).toEqual(whole);
      }
    }
  });
});

test.each([
  ['[0]', 1],
  ['[0,1]', 2],
  ['[ null ]', 1],
  ['[INFO] ready', 1],
  ['[12] started', 1],
  ['[true story]', 1],
  ['5', 1],
  [', 5 apples', 1],
])('the line %s makes %d rejects', async (line, rejects) => {
  const after = '{"auditID":"after","requestURI":"/"}';
  for (const pieceBytes of [1, 100]) {
    const seen = await read(Buffer.from(`${line}\n${after}\n`), pieceBytes);
    expect(seen.events).toEqual([after]);
    expect(seen.rejects, seen.rejects.join('\n')).toHaveLength(rejects);
  }
});

test.each([
  ['a text before its list', (event: string) => JSON.stringify({ message: event, events: [0] })],
  ['a text after its list', (event: string) => JSON.stringify({ events: [], message: event })],
  ['an event with a list', (event: string) => `${event.slice(0, -1)},"events":[{"auditID":"x","stage":"y"}]}`],
])('reads a record with %s as its text or event', async (_what, make) => {
  const event = '{"auditID":"a","requestURI":"/","stage":"ResponseComplete"}';
  const record = make(event);
  const seen = await read(Buffer.from(`${record}\n`), 10);
  expect(seen.events).toEqual([record.startsWith(event.slice(0, -1)) ? record : event]);
});

test.each([1, 3000])(
  'rejects the second "items" of an EventList, with %d events, as the auditlogger does',
  async (count) => {
    const list = (name: string): string =>
      `"items":[${Array.from({ length: count }, (_, at) => `{"auditID":"${name}-${at}","requestURI":"/"}`).join(',')}]`;
    const log = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1",${list('a')},"metadata":{},${list('b')}}`;
    const after = '{"auditID":"after","requestURI":"/"}';
    for (const pieceBytes of count === 1 ? [1, 13, 1000] : [70_000]) {
      const seen = await read(Buffer.from(`${log}\n${after}\n`), pieceBytes);
      expect(seen.events.at(-1)).toBe(after);
      expect(seen.events).toHaveLength(count + 1);
      expect(seen.rejects).toHaveLength(count);
      expect(seen.rejects[0]).toContain('its EventList has the key "items" twice: {"auditID":"b-0"');
    }
  },
);

test('counts the events of an EventList as such, however long it is', async () => {
  const [head = '', tail = ''] = ['{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[', ']}\n'];
  const event = '{"auditID":"a","requestURI":"/"}';
  for (const count of [1, 50_000]) {
    const seen = await read(Buffer.from(head + `${event},`.repeat(count - 1) + event + tail), 65_536);
    expect([seen.events.length, ...seen.shapes]).toEqual([count, 'EventList']);
  }
});
