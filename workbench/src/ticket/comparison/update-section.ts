import type { MarkdownDocument, Section } from '../markdown/document.ts';
import { type BlockText, listBlocks, pairBlocks } from './blocks.ts';
import { addToBox, findBoxAddition } from './boxes.ts';
import { compareLines } from './compare-lines.ts';

/** A section in a document. */
export interface PlacedSection {
  readonly section: Section;
  readonly document: MarkdownDocument;
}

/** Written text that a person changed and that is written again. */
export interface Overwritten {
  /** In the file; null: the person removed it. */
  readonly line: number | null;
  readonly found: readonly string[];
  readonly written: readonly string[];
}

export interface UpdatedSection {
  /** Blocks without blank lines around them. */
  readonly blocks: readonly string[];
  readonly overwritten: readonly Overwritten[];
}

/**
 * Writes a section again, with the blocks, list items and ticks that a person added to its earlier form.
 * @param forms the section as it was written, in the file, and as it is written now
 * @param isWritten whether a block of the file is a written one from elsewhere, which is not kept here
 */
export function updateSection(
  { old, found, next }: { readonly old: PlacedSection; readonly found: PlacedSection; readonly next: PlacedSection },
  isWritten: (block: BlockText) => boolean,
): UpdatedSection {
  const nextBlocks = listAll(next);
  const blocks = nextBlocks.map(({ lines }) => lines);
  const overwritten: Overwritten[] = [];
  /** Own blocks, by the number of written blocks before them. */
  const own = new Map<number, string[]>();
  let at = 0;
  for (const pair of pairBlocks(listAll(old), listAll(found))) {
    if (pair.written === null) {
      const place = Math.min(at, blocks.length);
      if (pair.found && !isWritten(pair.found)) append(own, place, pair.found.lines.join('\n'));
      continue;
    }
    const target = nextBlocks[at];
    if (pair.found === null) {
      if (target) overwritten.push({ line: null, found: [], written: target.lines });
    } else if (target?.kind === pair.written.kind) {
      const merged = mergeBlock(pair.written, pair.found, target);
      blocks[at] = merged.lines;
      if (merged.isOverwritten)
        overwritten.push({ line: pair.found.line, found: pair.found.lines, written: merged.lines });
    } else if (pair.found.key !== pair.written.key) {
      overwritten.push({ line: pair.found.line, found: pair.found.lines, written: target?.lines ?? [] });
    }
    at += 1;
  }
  const withOwn = Array.from({ length: blocks.length + 1 }, (_, place) => [
    ...(own.get(place) ?? []),
    ...(blocks[place] ? [blocks[place].join('\n')] : []),
  ]);
  return { blocks: withOwn.flat(), overwritten };
}

/** All blocks of a section, with the evidence. */
export function listAll({ section, document }: PlacedSection): BlockText[] {
  return listBlocks(section, document, { withEvidence: true });
}

function mergeBlock(
  old: BlockText,
  found: BlockText,
  next: BlockText,
): { readonly lines: readonly string[]; readonly isOverwritten: boolean } {
  if (found.key === old.key || found.key === next.key) return { lines: next.lines, isOverwritten: false };
  if (found.kind !== 'list') return { lines: next.lines, isOverwritten: true };
  const isOverwritten = compareLines(old, found).length > 0;
  const [lines, own] = [[...next.lines], new Map<number, string[]>()];
  let at = 0;
  for (const line of found.lines) {
    const place = findLine(old.lines, line, at);
    if (place === -1) {
      if (!isOverwritten) append(own, at, line);
      continue;
    }
    const written = lines[place];
    const addition = findBoxAddition(old.lines[place] ?? '', line);
    if (addition && written !== undefined) lines[place] = addToBox(written, addition);
    at = place + 1;
  }
  const merged = lines.flatMap((line, place) => [...(own.get(place) ?? []), line]);
  return { lines: [...merged, ...listFrom(own, lines.length)], isOverwritten };
}

function findLine(written: readonly string[], found: string, from: number): number {
  return written.findIndex((line, at) => at >= from && (line === found || findBoxAddition(line, found) !== null));
}

function listFrom(own: ReadonlyMap<number, readonly string[]>, from: number): string[] {
  return [...own].flatMap(([place, lines]) => (place >= from ? lines : []));
}

/** Adds a value to the list of a key. */
export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
