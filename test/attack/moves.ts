import { gunzipSync, gzipSync } from 'node:zlib';
import { pick, pickNumber, type Random } from '@snoop/snoopdb/test-random';
import { writeList } from '../auditlogger/support/event.ts';
import { mutate } from '../auditlogger/support/mutate.ts';
import { poisons } from '../auditlogger/support/poison.ts';
import { makeBody, makeEvents } from '../tools/bodies.ts';
import type { Shot } from './exchange.ts';
import { writePipelined, writePost, zipLongText, zipNested, zipParts, zipRefused } from './requests.ts';

/** What a random attacker does next. */
export interface Move extends Shot {
  /** What the body says, decoded, where some of it may be stored. */
  readonly body?: Buffer;
  /** The source that it names in its path; else the program's own. */
  readonly source?: string;
}

const megabyte = 1_000_000;

/** The kinds of moves by name: how often each is chosen among a hundred or so, and how one is made. */
const kinds: Readonly<Record<string, readonly [often: number, make: (random: Random) => Move]>> = {
  ordinary: [20, (random) => plain(Buffer.from(makeBody(1 + pickNumber(random, 100))))],
  'ordinary, gzip': [5, (random) => unzipped(gzipSync(makeBody(1 + pickNumber(random, 100))))],
  mutated: [20, (random) => plain(mutate(writeList(makeEvents(1 + pickNumber(random, 3))), random))],
  'random bytes': [3, (random) => plain(makeBytes(random, 300))],
  poison: [8, (random) => plain(writeList([...makeEvents(2), pick(random, poisons).make().bytes, ...makeEvents(1)]))],
  'refused events': [3, (random) => unzipped(zipRefused(1 + makeSize(random, 20_000)))],
  'open nesting': [3, (random) => refused(zipNested(makeSize(random, 120 * megabyte), false))],
  'closed nesting': [3, (random) => unzipped(zipNested(makeSize(random, 10 * megabyte), true))],
  'long agent': [4, (random) => unzipped(zipLongText('userAgent', 'attack ', 'a', makeSize(random, 10 * megabyte)))],
  'long URI': [4, (random) => unzipped(zipLongText('requestURI', '/api/v1/', 'n', makeSize(random, 100 * megabyte)))],
  'long query': [4, (random) => unzipped(zipLongText('requestURI', '/api?', '&a', makeSize(random, 100 * megabyte)))],
  'escaped path': [4, (random) => unzipped(zipLongText('requestURI', '/api/', '%41', makeSize(random, 90 * megabyte)))],
  'gzip bomb': [1, () => refused(zipParts([{ text: ' ', times: 1000 * megabyte }]))],
  'broken gzip': [3, (random) => refused(makeCut(random, gzipSync(makeBody(5))))],
  'side route': [
    3,
    (random) => {
      const count = 1 + makeSize(random, 1900);
      return {
        bytes: writePipelined(pick(random, ['/metrics', '/readyz', '/healthz', '/', '/nowhere']), count),
        answers: count,
      };
    },
  ],
  'a source of its own': [
    4,
    (random) => {
      const source = `source-${pickNumber(random, 1000)}`;
      const body = Buffer.from(makeBody(1));
      return { bytes: writePost(body, { path: `/events/${source}` }), answers: 1, body, source };
    },
  ],
  'a body that stops': [
    4,
    (random) => {
      const body = Buffer.from(makeBody(20));
      const bytes = writePost(makeCut(random, body), { announced: body.length });
      // Few wait until they are ended.
      return { bytes, answers: Number.POSITIVE_INFINITY, staysMs: makeSize(random, 40_000) };
    },
  ],
  'odd heads': [
    4,
    (random) => {
      const header = pick(random, [
        'Transfer-Encoding: chunked',
        'Content-Length: 7',
        'Expect: 100-continue',
        'Expect: nothing',
        `X-Long: ${'x'.repeat(20_000)}`,
        'Content-Encoding: br',
        'Authorization: Bearer \u00ff',
        'no header at all',
      ]);
      return { bytes: writePost(Buffer.from('{}'), { headers: [header] }), answers: 1 };
    },
  ],
  'no HTTP': [
    2,
    (random) => ({ bytes: Buffer.concat([makeBytes(random, 2000), Buffer.from('\r\n\r\n')]), answers: 1 }),
  ],
};

const names = Object.entries(kinds).flatMap(([name, [often]]) => Array.from({ length: often }, () => name));

export function makeMove(random: Random): { readonly kind: string; readonly move: Move } {
  const kind = pick(random, names);
  const [, make] = kinds[kind] ?? [];
  if (make === undefined) throw new Error(`There is no kind of moves '${kind}'.`);
  return { kind, move: make(random) };
}

/** Most are small and a few are as large as may be: sizes of each order are equally frequent. */
function makeSize(random: Random, most: number): number {
  return Math.floor(most ** random());
}

function makeBytes(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + pickNumber(random, most) }, () => pickNumber(random, 256)));
}

function makeCut(random: Random, bytes: Buffer): Buffer {
  return bytes.subarray(0, pickNumber(random, bytes.length));
}

function plain(body: Buffer): Move {
  return { bytes: writePost(body), answers: 1, body };
}

function unzipped(zipped: Buffer): Move {
  return { ...refused(zipped), body: gunzipSync(zipped) };
}

/** A body of which nothing may be stored. */
function refused(zipped: Buffer): Move {
  return { bytes: writePost(zipped, { isGzip: true }), answers: 1 };
}
