import { describe, expect, test } from 'vitest';
import { sliceEvents, surveyBody } from '../../src/events/body-survey.ts';
import { type EventSlice, readEventList } from '../../src/events/event-list.ts';
import { auditLogs } from '../support/audit-logs.ts';
import { createTestRandom } from '../support/random.ts';

function cut(body: string | Buffer): string[] {
  const bytes = Buffer.from(body);
  return readEventList(bytes).map((event) => bytes.toString('utf8', event.start, event.end));
}

const head = '"kind":"EventList","apiVersion":"audit.k8s.io/v1"';

describe('a body', () => {
  test('is cut into the bytes that were sent', () => {
    const events = [
      '{"auditID":"a","n":12345678901234567890,"odd":1e400,"small":0.10}',
      '{ "nested" : [ {"items":[1,{}]} , [] , {} ] ,\n"text":"brace } and \\"quote\\" \\\\"}',
      '{}',
    ];
    expect(cut(`{${head},"metadata":{},"items":[${events.join(' , ')}]}`)).toEqual(events);
    expect(cut(`{"items": [${events.join(',')}],\n${head}}`)).toEqual(events);
  });

  test('yields the required fields', () => {
    const event = {
      level: 'Metadata',
      auditID: 'a-1',
      stage: 'ResponseComplete',
      requestURI: '/api?a=1&b=<2>',
      verb: 'list',
      userAgent: 'kubectl/ö -- "x"',
      objectRef: { verb: 'not this one', auditID: 'nor this' },
      responseStatus: { metadata: { code: 1 }, code: 201 },
    };
    const json = JSON.stringify(event).replace('&', '\\u0026').replace('"verb":"list"', '"\\u0076erb":"list"');
    expect(readEventList(Buffer.from(`{${head},"items":[${json}]}`))).toMatchObject([
      {
        auditId: 'a-1',
        stage: 'ResponseComplete',
        requestUri: '/api?a=1&b=<2>',
        verb: 'list',
        userAgent: 'kubectl/ö -- "x"',
        code: 201,
        flaw: null,
      },
    ]);
  });

  test.each([
    ['fields of odd types', '{"auditID":5,"verb":null,"userAgent":{"a":1},"responseStatus":"ok","requestURI":[]}'],
    ['an odd code', '{"responseStatus":{"code":200.5}}'],
    ['a code of odd type', '{"responseStatus":{"code":"200"}}'],
    ['an empty object', '{}'],
  ])('yields no field from %s', (_what, event) => {
    expect(readEventList(Buffer.from(`{${head},"items":[${event}]}`))).toMatchObject([
      { auditId: null, stage: null, verb: null, requestUri: null, userAgent: null, code: null, flaw: null },
    ]);
  });

  test('may be a single event', () => {
    const event = '{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a"}';
    expect(cut(` ${event}\n`)).toEqual([event]);
  });

  test.each([
    ['[]', '"items":[]'],
    ['null', '"items":null'],
  ])('may have no items: %s', (_what, items) => {
    expect(cut(`{${head},${items}}`)).toEqual([]);
  });

  test.each([
    ['the escape of NUL', '{"a":"x\\u0000"}', '22P05'],
    ['half a surrogate pair', '{"a":"\\ud83d"}', '22P02'],
    ['a pair in the wrong order', '{"a":"\\ude00\\ud83d"}', '22P02'],
    ['bytes that are not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), '22021'],
    ['a number out of all proportion', '{"a":1e131071}', null],
    ['a value that is not an object', '5', null],
  ])('marks an event with %s', (_what, event, sqlstate) => {
    const body = Buffer.concat([
      Buffer.from(`{${head},"items":[{"auditID":"a"},`),
      Buffer.from(event),
      Buffer.from(',{"auditID":"b"}]}'),
    ]);
    expect(readEventList(body).map((one) => (one.flaw === null ? 'sound' : one.flaw.sqlstate))).toEqual([
      'sound',
      sqlstate,
      'sound',
    ]);
  });

  test.each([['{"a":"\\ud83d\\ude00"}'], ['{"a":"\\\\u0000"}'], ['{"a":"\\\\ud83d"}'], ['{"a":1e400}']])(
    'finds no flaw in %s',
    (event) => {
      expect(readEventList(Buffer.from(`{${head},"items":[${event}]}`))).toMatchObject([{ flaw: null }]);
    },
  );

  test.each([
    ['lists', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
    ['objects', `${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}`],
    ['lists and objects', `${'[{"a":'.repeat(500_000)}1${'}]'.repeat(500_000)}`],
  ])('marks an event that is nested a million times, in %s, but not its neighbors', (_what, deep) => {
    const body = Buffer.from(`{${head},"items":[{"auditID":"a"},{"b":${deep}},{"auditID":"c"}]}`);
    const reason = 'nesting of more than 10000 levels';
    expect(readEventList(body).map(({ flaw }) => flaw?.reason)).toEqual([undefined, reason, undefined]);
    expect(readInSteps(body).events).toEqual(readEventList(body));
  });

  test('is refused with brackets closed in the wrong order, at any depth', () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(20_000)}]}`;
    expect(() => readEventList(Buffer.from(`{${head},"items":[{"b":${deep}`))).toThrow(/unexpected byte/);
  });

  test('is incomplete with a million open brackets', () => {
    const body = Buffer.from(`{"kind":"Event","a":${'['.repeat(1_000_000)}`);
    expect(() => readEventList(body)).toThrow(/ends too soon/);
    expect(() => readInSteps(body)).toThrow(/ends too soon/);
  });

  test.each([
    ['a URI', 'requestURI', 'requestUri', 2 * 1024 * 1024],
    ['an agent', 'userAgent', 'userAgent', 128 * 1024],
    ['an auditID', 'auditID', 'auditId', 128 * 1024],
    ['a verb', 'verb', 'verb', 128 * 1024],
  ] as const)('with %s beyond measure: its beginning is read, and the event has a flaw', (_what, key, field, most) => {
    for (const unit of ['x', '\\u0026', 'a\\n', '\\ud83d\\ude00', 'ü', '日本', '\\\\']) {
      const text = unit.repeat(Math.ceil(most / Buffer.byteLength(unit)) + 20);
      const body = Buffer.from(`{${head},"items":[{"auditID":"a"},{"${key}":"${text}"},{"auditID":"c"}]}`);
      const [before, event, after] = readEventList(body);
      expect([before?.flaw, after?.flaw]).toEqual([null, null]);
      expect(event?.flaw).toEqual({ reason: `a field of more than ${most} bytes`, sqlstate: null });
      const read = event?.[field] ?? '';
      expect(read.length).toBeGreaterThan(most / 20);
      expect(JSON.parse(`"${text}"`).startsWith(read)).toBe(true);
      expect(readInSteps(body).events).toEqual(readEventList(body));
    }
  });

  test('ignores keys, codes and times that are too long', () => {
    const long = '7'.repeat(1_000_000);
    const odd = [`{"\\u0061${long}":1}`, `{"responseStatus":{"code":${long}}}`, `{"stageTimestamp":"${long}"}`];
    const body = Buffer.from(`{${head},"items":[${odd.join(',')}]}`);
    expect(readEventList(body)).toMatchObject(odd.map(() => ({ code: null, stagedAt: null })));
  });

  test.each([
    ['blanks', `{"a":${' \n'.repeat(5_000_000)}1}`],
    ['a key', `{"${'k'.repeat(9_000_000)}":1}`],
    ['a number', `{"a":${'7'.repeat(9_000_000)}}`],
  ])('is refused with megabytes of %s', (what, event) => {
    const body = Buffer.from(`{${head},"items":[${event}]}`);
    const refusal = expect.objectContaining({
      code: 'bad_body',
      message: expect.stringContaining(`bytes of ${what} `),
    });
    expect(() => readEventList(body)).toThrow(refusal);
    expect(() => readInSteps(body)).toThrow(refusal);
  });

  test('may have exponents of any length', () => {
    const flaws = ['1e0000000000000000000005', `1e${'9'.repeat(1_000_000)}`, `1e-${'9'.repeat(100)}`].map(
      (number) => readEventList(Buffer.from(`{${head},"items":[{"a":${number}}]}`))[0]?.flaw?.sqlstate,
    );
    expect(flaws).toEqual([undefined, '22003', '22003']);
  });

  test('marks an event whose time needs more digits than a number has', () => {
    const event = (time: string): string => `{"requestReceivedTimestamp":"${time}"}`;
    const times = ['0001-01-01T00:00:00.000000Z', '0099-12-31T23:59:59.000001Z', 'yesterday'];
    expect(readEventList(Buffer.from(`{${head},"items":[${times.map(event).join(',')}]}`))).toMatchObject([
      { requestedAt: -62_135_596_800_000_000, flaw: null },
      { requestedAt: null, flaw: { reason: 'a time that cannot be kept to the microsecond' } },
      { requestedAt: null, flaw: null },
    ]);
  });

  test.each([
    '',
    ' ',
    'null',
    '5',
    '"text"',
    '[]',
    '{}',
    '{',
    '{"kind":"EventList"',
    '{"kind":"Pod","items":[]}',
    '{"kind":5,"items":[]}',
    '{"kind":"EventList","apiVersion":"v1","items":[]}',
    `{${head}}`,
    `{${head},"Items":[{}]}`,
    `{${head},"items":{}}`,
    `{${head},"items":[{}}`,
    `{${head},"items":[{},]}`,
    `{${head},"items":[]} x`,
    `{${head},}`,
    `{${head},"a":01}`,
    `{${head},"a":1.}`,
    `{${head},"a":+1}`,
    `{${head},"a":nul}`,
    `{${head},"a":"\\x"}`,
    `{${head},"a":"\\u12g4"}`,
    `{${head},"a":"\n"}`,
    `{${head} "a":1}`,
    `{${head},"a" 1}`,
    `{${head},a:1}`,
    `\uFEFF{${head}}`,
    `{${head},"a":[1,2}`,
    `{${head},"a":{"b":1]}`,
  ])('is refused: %s', (body) => {
    expect(() => readEventList(Buffer.from(body))).toThrow(expect.objectContaining({ code: 'bad_body' }));
  });
});

test('accepts what JSON.parse accepts, on mutated bodies', () => {
  const random = createTestRandom();
  const base = `{${head},"items":[{"auditID":"a","n":[1,-0.5e+3,true,false,null],"s":"\\u0041\\n\\"","o":{"x":{}}}]}`;
  const alphabet = '{}[]",:\\u0123456789eE+-.truefalsn \n';
  for (let round = 0; round < 20_000; round += 1) {
    const at = Math.floor(random() * base.length);
    const letter = alphabet[Math.floor(random() * alphabet.length)] ?? '';
    const kept = random() < 0.5 ? 1 : 0;
    const mutated = base.slice(0, at) + letter + base.slice(at + kept);
    expect(isJson(mutated), mutated).toBe(isAcceptedAsJson(mutated));
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isAcceptedAsJson(text: string): boolean {
  try {
    readEventList(Buffer.from(text));
    return true;
  } catch (error) {
    return error instanceof Error && !error.message.includes('is not JSON:');
  }
}

/** A body read as large ones are: in steps, and twice. */
function readInSteps(body: Buffer): { events: EventSlice[]; steps: number } {
  const surveying = surveyBody(body, 1000);
  let steps = 0;
  let step = surveying.next();
  for (; !step.done; step = surveying.next()) steps += 1;
  const events = [...sliceEvents(body, step.value)];
  expect(events.length).toBe(step.value.events);
  return { events, steps };
}

function tryTo<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

test.each([
  ['items', `{${head},"items":[{"auditID":"a"}],"items":[{"auditID":"b"}]}`],
  ['items', `{${head},"items":null,"items":[{"auditID":"b"}]}`],
  ['items', `{${head},"items":[{"auditID":"a"}],"it\\u0065ms":{}}`],
  ['kind', `{"kind":"PodList",${head},"items":[]}`],
  ['kind', `{"kind":5,${head},"items":[]}`],
  ['apiVersion', `{${head},"items":[],"apiVersion":"audit.k8s.io/v1beta1"}`],
  ['kind', `{"kind":"Event","auditID":"a","k\\u0069nd":"Event"}`],
])('refuses a body with the key %s twice: %s', (key, text) => {
  const body = Buffer.from(text);
  const refusal = `The body has the key "${key}" twice.`;
  expect(() => readEventList(body)).toThrow(refusal);
  expect(() => readInSteps(body)).toThrow(refusal);
});

describe('a large body', () => {
  test.for([1, 2, 3, 4, 5, 6])('gives the same result in steps as a small one at once, random numbers %i', (stream) => {
    const random = createTestRandom(stream);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const values = [
      () => '"plain"',
      () =>
        `"${'x'.repeat(random() * 600)}${pick(['', '\\"', '\\u0000', '\\ud800', 'ü', '\n', '\\x'])}${'y'.repeat(random() * 600)}"`,
      () => pick(['1', '-0.5', '1e5', '1e131072', '1e-20000', '1e5000', '01', 'null', 'true', 'tru']),
      () => `[${'1,'.repeat(random() * 50)}1]`,
      () => `{"a":{"items":[${'{"b":"c"},'.repeat(random() * 20)}{}]}}`,
      () => `"${'long '.repeat(random() * 400_000)}"`,
      () => `"${'\\u0026\\n'.repeat(random() * 200_000)}${pick(['', '\\u0000', '\\ud800', '\\x'])}"`,
      () => `{"${'key'.repeat(random() * 400_000)}":${pick(['1', '01', '"a"'])}}`,
      () => `${'[{"a":'.repeat(20_000)}1${'}]'.repeat(pick([20_000, 19_999]))}`,
    ];
    const member = (): string =>
      `"${pick(['auditID', 'stage', 'verb', 'requestURI', 'userAgent', 'items', 'kind', 'object', 'annotations', 'responseStatus'])}":${pick(values)()}`;
    const event = (): string =>
      pick([() => `{${[member(), member(), member()].join(',')}}`, () => '{}', () => pick(values)()])();
    for (let round = 0; round < 60; round += 1) {
      const items = `"items":[${Array.from({ length: random() * 4 }, event).join(', ')}]`;
      const members = pick([
        () => [head, items],
        () => [items, head],
        () => [items, head, items],
        () => [head.replace('EventList', 'Event'), member(), member()],
        () => [head, member()],
        () => [head, '"items":null'],
      ])();
      const body = Buffer.from(` {${members.join(',')}}${pick(['', '\n', '}'])}`);
      const atOnce = tryTo(() => readEventList(body));
      expect(
        tryTo(() => readInSteps(body).events),
        body.toString().slice(0, 500),
      ).toEqual(atOnce);
    }
  });

  test('that is one event keeps a flaw in items that are not a list', () => {
    const body = Buffer.from(`{${head.replace('EventList', 'Event')},"items":1e-20000}`);
    expect(readInSteps(body).events).toEqual(readEventList(body));
  });

  test('yields to other work within an event, and within its lists', () => {
    const lists = `[${'[1,2,"three"],'.repeat(300_000)}0]`;
    const inList = Buffer.from(`{${head},"items":[{"auditID":"a","responseObject":${lists}},{"auditID":"b"}]}`);
    const alone = Buffer.from(`{${head.replace('EventList', 'Event')},"auditID":"a","responseObject":${lists}}`);
    for (const [body, ids] of [
      [inList, ['a', 'b']],
      [alone, ['a']],
    ] as const) {
      const { events, steps } = readInSteps(body);
      expect(events.map(({ auditId }) => auditId)).toEqual(ids);
      expect(steps).toBeGreaterThan(5);
    }
  });

  test('gives the same result with large fields in many events, and holds few of them', () => {
    const event = `{"auditID":"a","requestURI":"/api?${'x'.repeat(1_100_000)}"}`;
    const body = Buffer.from(`{${head},"items":[${Array.from({ length: 20 }, () => event).join(',')}]}`);
    const surveying = surveyBody(body, 1000);
    let step = surveying.next();
    while (!step.done) step = surveying.next();
    expect([step.value.events, step.value.largeEvents.length]).toEqual([20, 4]);
    expect([...sliceEvents(body, step.value)]).toEqual(readEventList(body));
  });

  test('finds the end of a long string at any memory alignment', () => {
    for (let shift = 0; shift < 8; shift += 1) {
      for (let length = 250; length < 270; length += 1) {
        const body = Buffer.from(
          `${' '.repeat(shift)}{${head},"items":[{"x":"${'z'.repeat(length)}"},{"auditID":"b"}]}`,
        );
        expect(readEventList(body.subarray(shift)).map(({ auditId }) => auditId)).toEqual([null, 'b']);
      }
    }
  });
});

test.each(auditLogs)('cuts a log into events: $name', ({ lines }) => {
  for (const line of lines) {
    const { kind, items } = JSON.parse(line) as { kind: unknown; items: object[] };
    if (kind === 'EventList') expect(cut(line).map((event) => JSON.parse(event))).toEqual(items);
    else if (kind === 'Event') expect(cut(line)).toEqual([line]);
    else expect(() => cut(line)).toThrow(expect.objectContaining({ code: 'bad_body' }));
  }
});
