import { pick, pickNumber, type Random } from '@snoop/snoopdb/test-random';

/** Pieces that break JSON, or a reader of it, or a database that stores it. */
const pieces: readonly string[] = [
  '\\u0000',
  '\\ud800',
  '\\udc00\\ud800',
  '\\',
  '\\x',
  '\\u12',
  '"',
  '""',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  'true',
  '-',
  '0',
  '1e999',
  '1e131072',
  '1e131071',
  '-1e-20000',
  '1E+5',
  '0.1',
  '-0',
  '00',
  '[]',
  '{}',
  '\0',
  '\n',
  '\ufeff',
  '/*',
  '#',
  "'",
  '"kind":"Event",',
  '"kind":"EventList",',
  '"items":[{}],',
  '"auditID":"x",',
  '"verb":"",',
  '"responseStatus":{"code":200},',
  '"__proto__":{},',
  '[[[[[[[[',
  '{"a":'.repeat(50),
  'NaN',
  '\u2028',
  '😀',
  '"requestURI":"/api/v1/pods",',
  '"stage":7,',
  '"',
];

const notUtf8 = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80], [0x80]].map((bytes) =>
  Buffer.from(bytes),
);

/** Changes a body in a few places; most results are no longer JSON, but many are. */
export function mutate(body: Buffer, random: Random): Buffer {
  let mutated = body;
  for (let change = pickNumber(random, 3); change >= 0; change--) mutated = pick(random, changes)(mutated, random);
  return mutated;
}

type Change = (body: Buffer, random: Random) => Buffer;

const changes: readonly Change[] = [
  // A byte is another one.
  (body, random) => splice(body, pickNumber(random, body.length), 1, Buffer.from([pickNumber(random, 256)])),
  // It is cut.
  (body, random) => body.subarray(0, pickNumber(random, body.length + 1)),
  // A part is missing.
  (body, random) => splice(body, pickNumber(random, body.length), pickNumber(random, 30), Buffer.of()),
  // A part is there twice.
  (body, random) => {
    const at = pickNumber(random, body.length);
    return splice(body, at, 0, body.subarray(at, at + pickNumber(random, 300)));
  },
  // A piece is put in, anywhere or where a value begins or a text is.
  (body, random) => splice(body, pickNumber(random, body.length), 0, Buffer.from(pick(random, pieces))),
  (body, random) => splice(body, findPlace(body, random, ':') + 1, 0, Buffer.from(pick(random, pieces))),
  (body, random) => splice(body, findPlace(body, random, '"') + 1, 0, Buffer.from(pick(random, pieces))),
  (body, random) => splice(body, findPlace(body, random, '"') + 1, 0, pick(random, notUtf8)),
  // A value is another one.
  (body, random) => replaceValue(body, random, Buffer.from(pick(random, pieces))),
  (body, random) =>
    replaceValue(
      body,
      random,
      Buffer.from(pick(random, ['null', '7', '{}', '[]', '""', 'true', '1e400', '{"a":[1]}'])),
    ),
  (body, random) => replaceValue(body, random, Buffer.from(`"${'x'.repeat(pickNumber(random, 10_000))}"`)),
  (body, random) => replaceValue(body, random, Buffer.from('['.repeat(200) + ']'.repeat(200))),
];

/** One of the places where a character stands; the first byte when there is none. */
function findPlace(body: Buffer, random: Random, character: string): number {
  return Math.max(0, body.indexOf(character, pickNumber(random, body.length)));
}

/** Up to the next comma or bracket: mostly a whole value. */
function replaceValue(body: Buffer, random: Random, value: Buffer): Buffer {
  const start = findPlace(body, random, ':') + 1;
  const [end] = [',', '}', ']']
    .map((character) => body.indexOf(character, start))
    .filter((at) => at >= 0)
    .sort((a, b) => a - b);
  return splice(body, start, (end ?? body.length) - start, value);
}

function splice(body: Buffer, at: number, remove: number, insert: Buffer): Buffer {
  return Buffer.concat([body.subarray(0, at), insert, body.subarray(Math.min(body.length, at + remove))]);
}
