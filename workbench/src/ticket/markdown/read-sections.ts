import type { Token } from 'markdown-it';
import type { Block, BlockKind, Fence, Link, ListItem, Section, Table, Text } from './document.ts';
import { readInline } from './read-inline.ts';

const kinds: Readonly<Record<string, BlockKind>> = {
  paragraph_open: 'paragraph',
  fence: 'fence',
  table_open: 'table',
  bullet_list_open: 'list',
  ordered_list_open: 'list',
  html_block: 'html',
  blockquote_open: 'quote',
  hr: 'rule',
  code_block: 'code',
};

interface OpenSection {
  readonly heading: string | null;
  readonly level: number;
  readonly line: number;
  readonly blocks: Block[];
  readonly fences: Fence[];
  readonly tables: Table[];
  readonly items: ListItem[];
  readonly links: Link[];
  readonly paragraphs: Text[];
}

/** Divides the tokens of a document into sections. Headings in lists and quotes begin none. */
export function readSections(tokens: readonly Token[], lines: readonly string[]): Section[] {
  const sections: OpenSection[] = [openSection(null, 0, 1)];
  for (const [at, token] of tokens.entries()) {
    const inline = tokens[at + 1];
    if (token.type === 'heading_open' && token.level === 0 && inline) {
      sections.push(openSection(readInline(inline).text, Number(token.tag.slice(1)), lineOf(token)));
    }
    const section = sections.at(-1);
    if (section) addToken(section, tokens, at, lines);
  }
  return sections.map((section, at) => ({ ...section, endLine: sections[at + 1]?.line ?? lines.length + 1 }));
}

function openSection(heading: string | null, level: number, line: number): OpenSection {
  return { heading, level, line, blocks: [], fences: [], tables: [], items: [], links: [], paragraphs: [] };
}

function addToken(section: OpenSection, tokens: readonly Token[], at: number, lines: readonly string[]): void {
  const token = tokens[at];
  if (!token) return;
  const kind = kinds[token.type];
  if (token.level === 0 && token.map && kind !== undefined && kind !== 'fence' && kind !== 'code' && kind !== 'table')
    section.blocks.push({ kind, line: lineOf(token), endLine: findEnd(token, lines) });
  switch (token.type) {
    case 'inline':
      for (const link of readInline(token).links) section.links.push(link);
      if (token.level === 1 && tokens[at - 1]?.type === 'paragraph_open')
        section.paragraphs.push({ line: lineOf(token), text: readInline(token).text });
      break;
    case 'fence':
    case 'code_block': {
      const fence = readFence(token, lines);
      section.fences.push(fence);
      if (token.level === 0) section.blocks.push(fence);
      break;
    }
    case 'table_open': {
      const table = readTable(tokens, at, lines);
      section.tables.push(table);
      if (token.level === 0) section.blocks.push(table);
      break;
    }
    case 'list_item_open':
      section.items.push(readItem(tokens, at));
      break;
  }
}

function readFence(token: Token, lines: readonly string[]): Fence {
  const [from, to] = token.map ?? [0, 0];
  const about = { line: from + 1, endLine: findEnd(token, lines), text: token.content };
  if (token.type === 'code_block') return { kind: 'code', ...about, textLine: from + 1, language: '', isClosed: true };
  const last = to - 1 > from ? (lines[to - 1] ?? '') : '';
  // The closing fence may be inside a list or quote.
  const isClosed = last.replace(/^[\s>]*/, '').startsWith(token.markup);
  return { kind: 'fence', ...about, textLine: from + 2, language: token.info.trim().split(/\s/)[0] ?? '', isClosed };
}

function readTable(tokens: readonly Token[], at: number, lines: readonly string[]): Table {
  const rows: { line: number; cells: string[] }[] = [];
  for (let index = at; tokens[index] && tokens[index]?.type !== 'table_close'; index += 1) {
    const token = tokens[index];
    if (token?.type === 'tr_open') rows.push({ line: lineOf(token), cells: [] });
    if (token?.type === 'inline') rows.at(-1)?.cells.push(readInline(token).text);
  }
  const [header, ...body] = rows;
  const line = lineOf(tokens[at]);
  return { kind: 'table', line, endLine: findEnd(tokens[at], lines), header: header?.cells ?? [], rows: body };
}

const boxPattern = /^\[([ xX])\](?=\s|$)/;

function readItem(tokens: readonly Token[], at: number): ListItem {
  const token = tokens[at];
  const inline = tokens[at + 2];
  const { text, links } = inline?.type === 'inline' ? readInline(inline) : { text: '', links: [] };
  const mark = boxPattern.exec(text)?.[1];
  return {
    line: lineOf(token),
    text: text.replace(boxPattern, '').trim(),
    box: mark === undefined ? null : mark === ' ' ? 'empty' : 'ticked',
    number: token?.info ? Number(token.info) : null,
    depth: token ? Math.floor((token.level - 1) / 2) : 0,
    links,
  };
}

function lineOf(token: Token | undefined): number {
  return (token?.map?.[0] ?? 0) + 1;
}

/** The line after the last one that is not blank. */
function findEnd(token: Token | undefined, lines: readonly string[]): number {
  const [from, to] = token?.map ?? [0, 1];
  let end = to;
  while (end > from + 1 && (lines[end - 1] ?? '').trim() === '') end -= 1;
  return end + 1;
}
