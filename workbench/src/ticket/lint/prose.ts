import type { MarkdownDocument } from '../markdown/document.ts';

export interface ProseLine {
  readonly line: number;
  readonly text: string;
  /** Whether it belongs to an item with an empty box, which is filled in later. */
  readonly isOpenBox: boolean;
}

/** The lines outside code and HTML comments. */
export function listProse({ lines, sections }: MarkdownDocument): ProseLine[] {
  const code = new Set<number>();
  const openBoxes = new Set<number>();
  for (const { fences, blocks, items } of sections) {
    const comments = blocks.filter(({ kind, line }) => kind === 'html' && (lines[line - 1] ?? '').includes('<!--'));
    for (const { line, endLine } of [...fences, ...comments]) {
      for (let at = line; at < endLine; at += 1) code.add(at);
    }
    for (const { line, box } of items) if (box === 'empty') openBoxes.add(line);
  }
  return lines
    .map((text, at) => ({ line: at + 1, text, isOpenBox: openBoxes.has(at + 1) }))
    .filter(({ line, text }) => !code.has(line) && text.trim() !== '');
}
