import { expect, test } from 'vitest';
import { escapeXml, formatElement } from '../../src/output/xml.ts';

test.each([
  ['markup', `<a b="c">&amp;`, '&lt;a b=&quot;c&quot;&gt;&amp;amp;'],
  ['the end of CDATA', ']]>', ']]&gt;'],
  ['control characters', 'a\0b\u001b[31mc\rd', 'a\ufffdb\ufffd[31mc\ufffdd'],
  ['characters that XML has not', '\ufffe\uffff\ud800', '\ufffd\ufffd\ufffd'],
  ['line breaks', 'a\nb', 'a\nb'],
  ['an emoji', '🦊', '🦊'],
])('escapes %s', (_what, text, expected) => {
  expect(escapeXml(text)).toBe(expected);
});

test('formats elements; an attribute keeps its line breaks', () => {
  const child = formatElement('b', { number: 1, none: null });
  expect(formatElement('a', { text: 'x\n"y"' }, [child, 'z'])).toBe(
    '<a text="x&#10;&quot;y&quot;"><b number="1"/>z</a>',
  );
});
