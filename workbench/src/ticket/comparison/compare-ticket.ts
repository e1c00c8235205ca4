import type { BlockKind, MarkdownDocument, Section } from '../markdown/document.ts';
import { straighten } from '../markdown/straighten.ts';
import { type BlockText, listBlocks, pairBlocks } from './blocks.ts';
import { compareLines } from './compare-lines.ts';
import { listRepeated, pairSections } from './sections.ts';

/** Where a file differs from the ticket that its evidence makes. */
export type TextDifference =
  | { readonly kind: 'section missing'; readonly section: Section; readonly line: null }
  | {
      readonly kind: 'section moved' | 'section repeated' | 'curly quotes';
      readonly section: Section;
      readonly line: number;
    }
  | LineDifference;

export interface LineDifference {
  readonly kind: 'lines';
  /** Of the ticket written again. */
  readonly section: Section;
  readonly block: BlockKind;
  /** Of a fenced block; null: of another block. */
  readonly language: string | null;
  /** In the file; null: the whole block is missing. */
  readonly line: number | null;
  readonly expected: readonly string[];
  readonly found: readonly string[];
}

/**
 * Lists where a file differs from the ticket written again from its evidence. Ignores what people may add: own
 * sections and blocks, items of lists, ticked boxes and what follows them.
 */
export function compareTicket(written: MarkdownDocument, file: MarkdownDocument): TextDifference[] {
  const pairs = pairSections(written, file);
  const differences = pairs.flatMap(({ written: section, found, isMoved }): TextDifference[] => {
    if (found === null) return [{ kind: 'section missing', section, line: null }];
    const moved: TextDifference[] = isMoved ? [{ kind: 'section moved', section, line: found.line }] : [];
    return [...moved, ...compareSection(section, written, found, file)];
  });
  const repeated = listRepeated(pairs, file).map(
    (section) => ({ kind: 'section repeated', section, line: section.line }) as const,
  );
  return [...differences, ...repeated];
}

function compareSection(
  section: Section,
  written: MarkdownDocument,
  found: Section,
  file: MarkdownDocument,
): TextDifference[] {
  const differences: TextDifference[] = [];
  for (const pair of pairBlocks(listBlocks(section, written), listBlocks(found, file))) {
    if (pair.written === null) continue;
    const about = {
      kind: 'lines',
      section,
      block: pair.written.kind,
      language: findLanguage(section, pair.written),
    } as const;
    if (pair.found === null) differences.push({ ...about, line: null, expected: pair.written.lines, found: [] });
    else differences.push(...compareLines(pair.written, pair.found).map((lines) => ({ ...about, ...lines })));
    const curly = pair.found?.lines.findIndex((line, at) => isCurly(line, pair.written?.lines[at])) ?? -1;
    if (pair.found !== null && curly !== -1)
      differences.push({ kind: 'curly quotes', section, line: pair.found.line + curly });
  }
  return differences;
}

function isCurly(found: string, written: string | undefined): boolean {
  return written !== undefined && found !== written && straighten(found) === straighten(written);
}

function findLanguage({ fences }: Section, { line }: BlockText): string | null {
  return fences.find((fence) => fence.line === line)?.language ?? null;
}
