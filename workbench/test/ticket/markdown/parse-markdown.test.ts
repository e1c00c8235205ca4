import { expect, test } from 'vitest';
import { maxMarkdownBytes, parseMarkdown } from '../../../src/ticket/markdown/parse-markdown.ts';

const exported = `# Progress <code>[2/6]</code>

-   [X] APISnoop org-flow : [MyEndpoint.org](https://example.com/MyEndpoint.org)
-   [ ] test pr : [!](https://pr.k8s.io/)
    -   nested

# Identifying an untested feature \`[2/6]\`

Some
[text](<>) and a table:

\`\`\`sql-mode
select 1;
\`\`\`

| endpoint | kind |
|----------|------|
| a        | Pod  |

## Outline

1.  Create it
2.  Delete it

<!--
# No heading
- [ ] no box
-->

> # quoted, no heading
`;

test('divides a text into sections with fences, tables, boxes and links, each with its line', () => {
  const [before, progress, identifying, outline, ...others] = parseMarkdown(exported).sections;
  expect(before).toMatchObject({ heading: null, blocks: [] });
  expect(others).toEqual([]);
  expect(progress).toMatchObject({
    heading: 'Progress [2/6]',
    level: 1,
    line: 1,
    endLine: 7,
    items: [
      { line: 3, box: 'ticked', depth: 0, text: 'APISnoop org-flow : MyEndpoint.org' },
      { line: 4, box: 'empty', depth: 0, links: [{ line: 4, text: '!', target: 'https://pr.k8s.io/' }] },
      { line: 5, box: null, depth: 1, text: 'nested' },
    ],
  });
  expect(identifying).toMatchObject({
    heading: 'Identifying an untested feature [2/6]',
    paragraphs: [{ line: 9, text: 'Some\ntext and a table:' }],
    links: [{ line: 10, text: 'text', target: '' }],
    fences: [{ line: 12, endLine: 15, language: 'sql-mode', text: 'select 1;\n', isClosed: true }],
    tables: [{ line: 16, endLine: 19, header: ['endpoint', 'kind'], rows: [{ line: 18, cells: ['a', 'Pod'] }] }],
  });
  expect(identifying?.blocks.map(({ kind }) => kind)).toEqual(['paragraph', 'fence', 'table']);
  expect(outline).toMatchObject({
    level: 2,
    items: [
      { number: 1, line: 22 },
      { number: 2, line: 23 },
    ],
    blocks: [{ kind: 'list' }, { kind: 'html', line: 25, endLine: 29 }, { kind: 'quote' }],
  });
});

test('reads the same with a byte order mark and CRLF', () => {
  const windows = parseMarkdown(`\ufeff${exported.replaceAll('\n', '\r\n')}`);
  expect(windows).toEqual({ ...parseMarkdown(exported), hasCrlf: true });
});

test('finds a fence that is not closed, also in a list', () => {
  const { sections } = parseMarkdown('- a\n\n  ```json\n  {}\n  ```\n\n```json\n{"a": 1');
  expect(sections[0]?.fences).toMatchObject([{ isClosed: true }, { isClosed: false, line: 7 }]);
});

test.each([
  ['brackets', '['],
  ['quotes', '> '],
  ['lists', '- '],
  ['emphasis', '**a *a '],
  ['links', '[a](b)'],
  ['tables', '|a|\n|-|\n\n'],
  ['a wide table', '|a'],
  ['headings', '# a\n'],
  ['HTML comments', '<!-- '],
  ['fences', '```\na\n```\n'],
  ['backticks', '`a``'],
])('reads half a megabyte of %s', (_name, piece) => {
  const { sections } = parseMarkdown(piece.repeat(Math.floor(maxMarkdownBytes / piece.length)));
  expect(sections.length).toBeGreaterThan(0);
});

test('refuses a larger text', () => {
  expect(() => parseMarkdown('é'.repeat(maxMarkdownBytes / 2 + 1))).toThrow('The text has more than 512 KiB.');
});
