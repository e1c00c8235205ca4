import markdownIt, { type Token } from 'markdown-it';
import type { MarkdownDocument } from './document.ts';
import { readSections } from './read-sections.ts';

/** The parser needs a second for this much of the worst text. An issue of GitHub holds an eighth of it. */
export const maxMarkdownBytes = 512 * 1024;
/** Deeper lists and quotes are text. */
const maxNesting = 20;

// With `html`, the content of comments is not read as text. Nothing is rendered.
const parser = markdownIt('default', { html: true, maxNesting });

/**
 * Reads Markdown as GitHub does. A byte order mark is ignored; lines may end with LF, CR or CRLF.
 * @throws RangeError above {@link maxMarkdownBytes}
 */
export function parseMarkdown(text: string): MarkdownDocument {
  if (Buffer.byteLength(text) > maxMarkdownBytes) {
    throw new RangeError(`The text has more than ${maxMarkdownBytes / 1024} KiB.`);
  }
  const plain = text.replace(/^\ufeff/, '');
  const lines = plain.split(/\r\n|\n|\r/);
  const crlf = plain.split('\r\n').length - 1;
  const tokens: readonly Token[] = parser.parse(lines.join('\n'), {});
  return { lines, hasCrlf: crlf * 2 > lines.length - 1, sections: readSections(tokens, lines) };
}
