import type { Token } from 'markdown-it';
import type { Link } from './document.ts';

export interface InlineText {
  /** Without markup and HTML tags. */
  readonly text: string;
  readonly links: readonly Link[];
}

/** Reads the text and links of a paragraph, a heading, a list item or a cell. */
export function readInline(token: Token): InlineText {
  let line = (token.map?.[0] ?? 0) + 1;
  const parts: string[] = [];
  const links: Link[] = [];
  let open: { line: number; target: string; from: number } | null = null;
  for (const child of token.children ?? []) {
    switch (child.type) {
      case 'softbreak':
      case 'hardbreak':
        line += 1;
        parts.push('\n');
        break;
      case 'link_open':
        open = { line, target: String(child.attrGet('href') ?? ''), from: parts.length };
        break;
      case 'link_close':
        if (open) links.push({ line: open.line, target: open.target, text: parts.slice(open.from).join('') });
        open = null;
        break;
      case 'html_inline':
        // A comment or a tag may have several lines.
        line += child.content.split('\n').length - 1;
        break;
      default:
        parts.push(child.content);
    }
  }
  return { text: parts.join('').trim(), links };
}
