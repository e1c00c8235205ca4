import type { MarkdownDocument, Section } from '../markdown/document.ts';
import { maxMarkdownBytes, parseMarkdown } from '../markdown/parse-markdown.ts';
import type { BlockText } from './blocks.ts';
import { identify, pairSections, type SectionPair } from './sections.ts';
import { append, listAll, type Overwritten, updateSection } from './update-section.ts';

export interface TicketUpdate {
  readonly text: string;
  /** In the order of the file. */
  readonly overwritten: readonly Overwritten[];
}

/**
 * Writes a ticket again and keeps what people added to it: ticked boxes, links, blocks and sections of their own.
 * @param file the text of the file
 * @param old the ticket as it was written; null: unknown, so that all that differs from `next` counts as changed
 * @param next the ticket as it is written now
 */
export function updateTicket(file: string, old: string | null, next: string): TicketUpdate {
  const [found, target] = [parseMarkdown(file), parseMarkdown(next)];
  const before = old === null ? target : parseMarkdown(old);
  const keys = new Set(
    before.sections.flatMap((section) => listAll({ section, document: before })).map(({ key }) => key),
  );
  const isWritten = ({ key }: BlockText): boolean => keys.has(key);
  const pairs = pairSections(before, found);
  const pairOf = new Map(pairs.map((pair) => [pair.written, pair]));
  const added = listAdded(pairs, found, isWritten);
  const overwritten: Overwritten[] = [];
  const chunks: (readonly string[])[] = [];
  for (const { written: section, found: earlier } of pairSections(target, before)) {
    const pair = earlier === null ? undefined : pairOf.get(earlier);
    const heading = section.heading === null ? [] : [target.lines[section.line - 1] ?? ''];
    chunks.push(heading);
    if (!pair?.found) {
      chunks.push(listAll({ section, document: target }).map(({ lines }) => lines.join('\n')));
      if (pair) overwritten.push({ line: null, found: [], written: heading });
      continue;
    }
    const old = { section: pair.written, document: before };
    const forms = { old, found: { section: pair.found, document: found }, next: { section, document: target } };
    const updated = updateSection(forms, isWritten);
    chunks.push(updated.blocks, added.get(pair.found) ?? []);
    overwritten.push(...updated.overwritten);
  }
  const text = countBoxes(`${chunks.flat().join('\n\n')}\n`);
  return { text: restoreForm(text, file, found), overwritten };
}

/** The sections that people added, by the section before them. A written section under another heading is not one. */
function listAdded(
  pairs: readonly SectionPair[],
  document: MarkdownDocument,
  isWritten: (block: BlockText) => boolean,
): Map<Section, string[]> {
  const { sections, lines } = document;
  const paired = new Set(pairs.map(({ found }) => found));
  const added = new Map<Section, string[]>();
  let last = sections[0];
  for (const section of sections) {
    const blocks = listAll({ section, document });
    if (paired.has(section)) last = section;
    else if (last && (blocks.length === 0 || !blocks.every(isWritten))) {
      const own = lines.slice(section.line - 1, section.endLine - 1);
      append(added, last, own.join('\n').trimEnd());
    }
  }
  return added;
}

/** Counts the ticked boxes in the heading of Progress again. */
function countBoxes(text: string): string {
  // It is too long for an issue anyway.
  if (Buffer.byteLength(text) > maxMarkdownBytes) return text;
  const { sections, lines } = parseMarkdown(text);
  const progress = sections.find((section) => identify(section) === '1 Progress');
  if (!progress) return text;
  const boxes = progress.items.filter(({ box, depth }) => box !== null && depth === 0);
  const ticked = boxes.filter(({ box }) => box === 'ticked').length;
  const heading = lines[progress.line - 1] ?? '';
  const counted = heading.replace(/\[\d+\/\d+\]/, `[${ticked}/${boxes.length}]`);
  return lines.map((line, at) => (at === progress.line - 1 ? counted : line)).join('\n');
}

/** Gives a text the line ends and the byte order mark of a file. */
function restoreForm(text: string, file: string, { hasCrlf }: MarkdownDocument): string {
  return `${file.startsWith('\ufeff') ? '\ufeff' : ''}${hasCrlf ? text.replaceAll('\n', '\r\n') : text}`;
}
