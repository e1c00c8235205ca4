import { expect, test } from 'vitest';
import { Utf8Reader } from '../../src/junit/utf8-reader.ts';
import { createPicker, cutIntoChunks } from '../support/damage.ts';

function decode(chunks: Iterable<Uint8Array>): string {
  const reader = new Utf8Reader();
  const pieces = [...chunks].flatMap((chunk) => [...reader.read(chunk)]);
  pieces.push(...reader.end());
  const broken = pieces.findIndex(({ isBroken }) => isBroken);
  const text = pieces.slice(0, broken < 0 ? undefined : broken + 1).map((piece) => piece.text);
  return text.join('') + (broken < 0 ? '' : '<broken>');
}

test('decodes characters that chunks divide, without a byte order mark', () => {
  const pick = createPicker();
  const text = 'aé€😀\ufffd\ufeffz'.repeat(50);
  for (let round = 0; round < 50; round += 1)
    expect(decode(cutIntoChunks(Buffer.from(`\ufeff${text}`), pick, 7))).toBe(text);
});

test.each([
  ['a lone continuation', [0x61, 0x80, 0x62]],
  ['an overlong character', [0x61, 0xc0, 0x80]],
  ['a surrogate', [0x61, 0xed, 0xa0, 0x80]],
  ['beyond Unicode', [0x61, 0xf5, 0x80, 0x80, 0x80]],
  ['a cut character in the text', [0x61, 0xe2, 0x82, 0x62]],
  ['a cut character at the end', [0x61, 0xe2, 0x82]],
  ['a cut U+FFFD at the end', [0x61, 0xef, 0xbf]],
  ['what begins like U+FFFD', [0x61, 0xef, 0xbf, 0x41]],
])('stops before %s', (_what, bytes) => {
  expect(decode([Buffer.from(bytes)])).toBe('a<broken>');
  expect(decode(bytes.map((byte) => Buffer.from([byte])))).toBe('a<broken>');
  expect(decode([Buffer.from('é\ufffd'), Buffer.from(bytes)])).toBe('é\ufffda<broken>');
});
