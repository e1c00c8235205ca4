import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  escapeControlCharacters,
  escapeLines,
  formatJson,
  formatJsonLine,
} from '../../src/output/control-characters.ts';

const sources = fileURLToPath(new URL('../../src/', import.meta.url));

/** What a terminal obeys, what some readers take for the end of a line, and what turns the direction of writing. */
const harmful = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter((character) =>
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character),
);

test('JSON is the same value, and no harmful character is in it', () => {
  const value = { [`key ${harmful.join('')}`]: [`${harmful.join('')} 検査 😀`, 1, null] };
  for (const text of [formatJson(value), formatJson(value, 4), formatJsonLine(value)]) {
    expect(JSON.parse(text)).toEqual(value);
    // A line break is JSON's own.
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  }
  expect(formatJsonLine(['\u009b31m', '\u202e', '\u2028'])).toBe(String.raw`["\u009b31m","\u202e","\u2028"]`);
});

test('text has a sign in the place of each', () => {
  expect(harmful.filter((character) => escapeControlCharacters(character) !== '\ufffd')).toEqual([]);
  expect(escapeControlCharacters('検査 😀 é')).toBe('検査 😀 é');
  expect(escapeLines('a\u2028b\nc\u009b')).toBe('a\ufffdb\nc\ufffd');
});

test('nothing else writes JSON for people: what calls JSON.stringify writes files of ours, requests or keys', () => {
  const callers = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && readFileSync(`${sources}${file}`, 'utf8').includes('JSON.stringify('),
  );
  expect(callers.sort()).toEqual([
    'audited-cluster/agent-pool.ts',
    'audited-cluster/load-kubeconfig.ts',
    'audited-cluster/raw-request.ts',
    'control-plane/state.ts',
    'journal/journal.ts',
    'kind/state.ts',
    'lint/inspection.ts',
    'output/control-characters.ts',
    'pair/place.ts',
    'sink/sink-kubeconfig.ts',
  ]);
});
