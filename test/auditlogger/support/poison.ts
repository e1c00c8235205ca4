import { randomBytes } from 'node:crypto';
import type { RequestEvent } from './event.ts';
import { makeEvent } from './event.ts';

/** An event that PostgreSQL refuses, or would pay too much for; everything that is asked for can be read of it. */
export interface Poison {
  readonly what: string;
  /** What PostgreSQL answers to it; null where a guard speaks before it is asked. */
  readonly sqlstates: readonly (string | null)[];
  /** Makes one, with an auditID of its own. */
  make(): { event: RequestEvent; bytes: Buffer };
}

/** An event with some bytes in the place of a value of its annotations. */
function withValue(what: string, sqlstates: readonly (string | null)[], value: string | Buffer): Poison {
  return {
    what,
    sqlstates,
    make() {
      const event = makeEvent({ annotations: { odd: '@' } });
      return { event, bytes: replace(JSON.stringify(event), '"@"', value) };
    },
  };
}

function withFields(what: string, sqlstates: readonly (string | null)[], fields: () => object): Poison {
  return {
    what,
    sqlstates,
    make() {
      const event = makeEvent({ ...fields() });
      return { event, bytes: Buffer.from(JSON.stringify(event)) };
    },
  };
}

/** Replaces text by bytes that need not be text. */
export function replace(json: string, text: string, value: string | Buffer): Buffer {
  const at = json.indexOf(text);
  if (at < 0) throw new Error(`There is no ${text} in ${json}`);
  const [before, after] = [json.slice(0, at), json.slice(at + text.length)];
  return Buffer.concat([Buffer.from(before), Buffer.from(value), Buffer.from(after)]);
}

const quoted = (...bytes: number[]): Buffer => Buffer.from([0x22, 0x61, ...bytes, 0x62, 0x22]);
const nested = (open: string, close: string): string => `${open.repeat(100_000)}1${close.repeat(100_000)}`;

/** The kinds of them, see "8.14. JSON Types" in PostgreSQL's manual. */
export const poisons: readonly Poison[] = [
  withValue('an escaped NUL', ['22P05'], '"a\\u0000b"'),
  withValue('an escaped NUL in a key', ['22P05'], '{"a\\u0000b":1}'),
  withFields('an escaped NUL in its agent', ['22P05'], () => ({ userAgent: 'live-test-odd -- with \0 in it' })),
  withValue('the first half of a surrogate pair', ['22P02'], '"a\\ud83db"'),
  withValue('the second half of a surrogate pair', ['22P02'], '"a\\ude00b"'),
  withValue('a reversed surrogate pair', ['22P02'], '"a\\ude00\\ud83db"'),
  withValue('the first half of a surrogate pair in a key', ['22P02'], '{"a\\uD83D":1}'),
  withValue('a byte that is not UTF-8', ['22021'], quoted(0xff)),
  withValue('a character that is cut', ['22021'], quoted(0xc3)),
  withValue('a surrogate as bytes', ['22021'], quoted(0xed, 0xa0, 0xbd)),
  withValue('an overlong NUL', ['22021'], quoted(0xc0, 0x80)),
  withValue('a character beyond the last', ['22021'], quoted(0xf4, 0x90, 0x80, 0x80)),
  withValue('a byte that is not UTF-8 in a key', ['22021'], Buffer.from('{"\xff":1}', 'latin1')),
  withValue('the number 1e131072', ['22003', null], '1e131072'),
  withValue('the number -1e131072', ['22003', null], '-1e131072'),
  withValue('the number 1e-20000', ['22003', null], '1e-20000'),
  withValue('the number 1e131071, of 131 kilobytes', [null], '1e131071'),
  withValue('a number of 200,000 digits', ['22003', null], '1'.repeat(200_000)),
  withValue('100,000 lists in each other', ['54001'], nested('[', ']')),
  withValue('100,000 objects in each other', ['54001'], nested('{"a":', '}')),
  // Random, so that compression does not save it.
  withFields('the agent of a live test, too long for a row of an index', ['54000'], () => ({
    userAgent: `live-test-odd-${randomBytes(15_000).toString('base64')}`,
  })),
];
