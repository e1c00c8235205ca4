import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { printAnswer } from '../../src/output/answer.ts';
import type { TableFormat } from '../../src/output/format.ts';
import { tableFormats } from '../../src/output/format.ts';
import { shouldUseColor } from '../../src/output/paint.ts';
import type { Table } from '../../src/output/table.ts';
import { printTable } from '../../src/output/table.ts';

class Sink extends Writable {
  text = '';
  isTTY = false;
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function write(table: Table, format: TableFormat, color = false): string {
  const sink = new Sink();
  printTable(sink, table, format, { color });
  return sink.text;
}

const table: Table = {
  columns: [
    { name: 'agent' },
    { name: 'firstSeen', title: 'first seen' },
    { name: 'hits', align: 'right' },
    { name: 'tested' },
    { name: 'sources' },
  ],
  rows: [
    { agent: 'kubectl/v1.36.0', firstSeen: '2026-11-21', hits: 1204, tested: true, sources: ['kind', 'ci'] },
    { agent: '検査/1 – naïve', firstSeen: null, hits: -3, tested: false, sources: [] },
    { agent: '=HYPERLINK("http://x","a|b")', firstSeen: '\u001b[31mred', hits: 7, tested: null, sources: ['a\nb'] },
  ],
};

describe('a table', () => {
  test('as text: aligned, without control characters', () => {
    expect(`\n${write(table, 'text')}`).toMatchInlineSnapshot(`
      "
      AGENT                         FIRST SEEN  HITS  TESTED  SOURCES
      kubectl/v1.36.0               2026-11-21  1204  yes     kind, ci
      検査/1 – naïve                -             -3  no
      =HYPERLINK("http://x","a|b")  �[31mred       7  -       a�b
      "
    `);
  });

  test('as CSV: names, quotes, CRLF, no formula', () => {
    expect(write(table, 'csv').split('\r\n')).toMatchInlineSnapshot(`
      [
        "agent,firstSeen,hits,tested,sources",
        "kubectl/v1.36.0,2026-11-21,1204,true,"kind, ci"",
        "検査/1 – naïve,,-3,false,",
        ""'=HYPERLINK(""http://x"",""a|b"")",�[31mred,7,,a�b",
        "",
      ]
    `);
  });

  test('as JSON: plain values, escaped control characters', () => {
    const text = write(table, 'json');
    expect(JSON.parse(text)).toEqual(table.rows);
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(write({ columns: [{ name: 'a' }], rows: [{ a: '\u009b31m\u202e' }] }, 'json')).toMatchInlineSnapshot(`
      "[
        {
          "a": "\\u009b31m\\u202e"
        }
      ]
      "
    `);
  });

  test('as Markdown: escaped cells, no mentions', () => {
    const mention = { columns: [{ name: 'test' }], rows: [{ test: '<b>@ada</b> `x` *y*\r\n| z' }] };
    expect(`\n${write(table, 'markdown')}\n${write(mention, 'markdown')}`).toMatchInlineSnapshot(`
      "
      | agent | first seen | hits | tested | sources |
      | --- | --- | ---: | --- | --- |
      | kubectl/v1.36.0 | 2026-11-21 | 1204 | yes | kind, ci |
      | 検査/1 – naïve | - | -3 | no |  |
      | =HYPERLINK("http://x","a\\|b") | �\\[31mred | 7 | - | a b |

      | test |
      | --- |
      | \\<b\\>@​ada\\</b\\> \\\`x\\\` \\*y\\* \\| z |
      "
    `);
  });

  test('without rows: only headings', () => {
    const empty = { columns: table.columns, rows: [] };
    expect(tableFormats.map((format) => write(empty, format))).toMatchInlineSnapshot(`
      [
        "AGENT  FIRST SEEN  HITS  TESTED  SOURCES
      ",
        "[]
      ",
        "agent,firstSeen,hits,tested,sources
      ",
        "| agent | first seen | hits | tested | sources |
      | --- | --- | ---: | --- | --- |
      ",
      ]
    `);
  });
});

test('colours only on a terminal without NO_COLOR, and the same data', () => {
  const terminal = new Sink();
  terminal.isTTY = true;
  expect(shouldUseColor(terminal, readEnvironment({}))).toBe(true);
  expect(shouldUseColor(terminal, readEnvironment({ NO_COLOR: '1' }))).toBe(false);
  expect(shouldUseColor(new Sink(), readEnvironment({}))).toBe(false);
  const colored = write(table, 'text', true);
  expect(colored).toContain('\u001b[2m');
  expect(stripVTControlCharacters(colored)).toBe(write(table, 'text'));
});

describe('an answer of several parts', () => {
  const part: Table = { columns: [{ name: 'endpoint' }], rows: [{ endpoint: 'listCoreV1Pod' }] };
  const answer = {
    json: { release: '1.36.0', endpoints: ['listCoreV1Pod'] },
    csv: part,
    parts: [
      {
        facts: [
          ['Release', '1.36.0'],
          ['Note', 'a \u001b b'],
        ] as const,
      },
      { heading: 'Endpoints', table: part },
      { table: { columns: part.columns, rows: [] } },
    ],
  };

  test('in each format', () => {
    const texts = tableFormats.map((format) => {
      const sink = new Sink();
      printAnswer(sink, answer, format);
      return sink.text;
    });
    expect(`\n${texts.join('\n----\n')}`).toMatchInlineSnapshot(`
      "
      Release  1.36.0
      Note     a � b

      Endpoints
      ENDPOINT
      listCoreV1Pod

      ----
      {
        "release": "1.36.0",
        "endpoints": [
          "listCoreV1Pod"
        ]
      }

      ----
      endpoint
      listCoreV1Pod

      ----
      - **Release**: 1.36.0
      - **Note**: a � b

      ## Endpoints

      | endpoint |
      | --- |
      | listCoreV1Pod |
      "
    `);
  });
});
