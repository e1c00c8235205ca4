/** A Markdown text in parts. Lines are numbered from 1. */
export interface MarkdownDocument {
  /** Without their line ends. */
  readonly lines: readonly string[];
  /** Whether most lines end with CRLF. */
  readonly hasCrlf: boolean;
  /** The first has no heading and holds what is before the first heading; it may be empty. */
  readonly sections: readonly Section[];
}

/** A heading and what follows it, up to the next heading of any level. */
export interface Section {
  /** As a reader sees it, without markup; null before the first heading. */
  readonly heading: string | null;
  /** 1 to 6; 0 before the first heading. */
  readonly level: number;
  /** Of the heading. */
  readonly line: number;
  /** The line after its last one. */
  readonly endLine: number;
  /** In their order. */
  readonly blocks: readonly Block[];
  readonly fences: readonly Fence[];
  readonly tables: readonly Table[];
  readonly items: readonly ListItem[];
  readonly links: readonly Link[];
  /** Paragraphs outside lists and quotes. */
  readonly paragraphs: readonly Text[];
}

export type BlockKind = 'paragraph' | 'fence' | 'table' | 'list' | 'html' | 'quote' | 'rule' | 'code';

/** A block at the outermost level. */
export interface Block {
  readonly kind: BlockKind;
  readonly line: number;
  /** The line after its last one. */
  readonly endLine: number;
}

/** A fenced or indented block of code. */
export interface Fence extends Block {
  readonly kind: 'fence' | 'code';
  /** The first word after the fence: `sql`; empty for indented code. */
  readonly language: string;
  readonly text: string;
  /** The line of the first line of its text. */
  readonly textLine: number;
  readonly isClosed: boolean;
}

export interface Table extends Block {
  readonly kind: 'table';
  readonly header: readonly string[];
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[];
}

export interface ListItem {
  readonly line: number;
  /** Without a box. */
  readonly text: string;
  /** Null: an item without a box. */
  readonly box: 'ticked' | 'empty' | null;
  /** Number of a numbered list. */
  readonly number: number | null;
  /** 0 for the outermost list. */
  readonly depth: number;
  readonly links: readonly Link[];
}

export interface Link {
  readonly line: number;
  readonly text: string;
  readonly target: string;
}

export interface Text {
  readonly line: number;
  readonly text: string;
}
