import { escapeMarkdown, formatFence } from '../../output/markdown.ts';
import { formatMarkdownLines } from '../../output/table.ts';
import type { GateAnswer } from '../answer.ts';
import { describeCounts, describeReleases } from './describe.ts';
import type { Outline } from './outline.ts';
import { createSourceSection, listSections, nameSection, type Section } from './sections.ts';

/** GitHub refuses comments with more characters. */
const maxComment = 65_536;
/** For the sentence about what was left out. */
const noticeLength = 1000;
/** A longer verdict is cut; a command is printed whole or not at all. */
const maxSummary = 2000;

/** Lines that belong together. */
interface Block {
  readonly top: readonly string[];
  /** Parts that can be left out; without any, the block is a row. */
  readonly parts: readonly Block[];
  readonly bottom: readonly string[];
}

/**
 * Prints an answer as GitHub-flavoured Markdown for a comment or the summary of a job. If it is too long, rows and
 * sections are left out from the end, and a sentence says which; the sources get their share first.
 *
 * @param maxCharacters UTF-16 code units
 */
export function printMarkdown(answer: GateAnswer, maxCharacters = maxComment - 1): string {
  const { verdict, summary } = answer;
  const head = [
    `# Gate: ${verdict}`,
    '',
    escapeMarkdown(summary.length <= maxSummary ? summary : `${summary.slice(0, maxSummary)} …`),
    '',
    `- **Release**: ${escapeMarkdown(describeReleases(answer))}`,
    ...(verdict === 'cannot tell' ? [] : [`- **Endpoints**: ${describeCounts(answer)}`]),
    '',
  ];
  let left = maxCharacters - measure(head) - noticeLength;
  const sources = createSourceSection(answer);
  const sections = listSections(answer);
  const whole = [sources, ...sections].map(createBlock);
  if (whole.reduce((sum, block) => sum + measureBlock(block), 0) <= left) {
    return [...head, ...whole.flatMap(joinBlock)].join('\n').replace(/\n+$/, '\n');
  }
  const shown = [sources, ...sections].map((section) => {
    const cut = cutSection(section, section === sources ? left / 4 : left);
    left -= measure(cut.lines);
    return cut;
  });
  return [
    ...[...head, ...shown.flatMap(({ lines }) => lines)],
    `Left out, because this text would be too long: ${shown.flatMap(({ missing }) => missing ?? []).join('; ')}. ` +
      '`--output json` prints everything.',
    '',
  ].join('\n');
}

function createBlock(section: Section): Block {
  const { heading, sentence, table, items = [], outlines = [], terms = [], command = null } = section;
  const [columns, rule, ...rows] = table === undefined || table.rows.length === 0 ? [] : formatMarkdownLines(table);
  const tableHead = columns === undefined || rule === undefined ? [] : [columns, rule];
  return {
    top: [`## ${escapeMarkdown(heading)}`, '', ...(sentence === undefined ? [] : [sentence, '']), ...tableHead],
    parts: [
      ...rows.map(createRow),
      ...items.map((item) => createRow(`- ${escapeMarkdown(item)}`)),
      ...outlines.map((outline) => createList(outline)),
      ...terms.map(([term, text]) => createRow(`- **${escapeMarkdown(term)}**: ${escapeMarkdown(text)}`)),
    ],
    bottom: ['', ...(command === null ? [] : ['Run:', '', ...formatFence(command), ''])],
  };
}

function createRow(line: string): Block {
  return { top: [line], parts: [], bottom: [] };
}

/** A nested list: tables would be wider than a comment. */
function createList({ label, facts, details, command, below }: Outline, depth = 0): Block {
  const margin = '  '.repeat(depth);
  const more = [...details, ...(command === null ? [] : [`start a test: ${command}`])];
  return {
    top: [
      `${margin}- ${[label, ...facts].map(escapeMarkdown).join(' · ')}`,
      ...more.map((line) => `${margin}  - ${escapeMarkdown(line)}`),
    ],
    parts: below.map((outline) => createList(outline, depth + 1)),
    bottom: [],
  };
}

function joinBlock({ top, parts, bottom }: Block): string[] {
  return [...top, ...parts.flatMap(joinBlock), ...bottom];
}

/** @returns the rows that fit, and what was left out: `12 of 300 rows of Debt`; null: nothing */
function cutSection(section: Section, room: number): { readonly lines: string[]; readonly missing: string | null } {
  const block = createBlock(section);
  const cut = cutBlock(block, room);
  if (cut === null) return { lines: [], missing: nameSection(section) };
  const [all, missing] = [countRows(block), countRows(block) - countRows(cut)];
  return {
    lines: joinBlock(cut),
    missing: missing === 0 ? null : `${missing} of ${all} rows of ${nameSection(section)}`,
  };
}

/** null: not even one row fits */
function cutBlock({ top, parts, bottom }: Block, room: number): Block | null {
  let left = room - measure(top) - measure(bottom);
  if (left < 0) return null;
  const shown = parts.flatMap((part) => {
    const cut = cutBlock(part, left);
    if (cut === null) return [];
    left -= measureBlock(cut);
    return cut;
  });
  return parts.length > 0 && shown.length === 0 ? null : { top, parts: shown, bottom };
}

function countRows({ parts }: Block): number {
  return parts.length === 0 ? 1 : parts.reduce((sum, part) => sum + countRows(part), 0);
}

function measureBlock(block: Block): number {
  return measure(joinBlock(block));
}

function measure(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
