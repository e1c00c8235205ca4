import { escapeMarkdown, formatFence } from '../../output/markdown.ts';
import { formatMarkdownLines } from '../../output/table.ts';
import type { GateAnswer } from '../answer.ts';
import { describeCounts, describeReleases } from './describe.ts';
import { createSourceSection, listSections, nameSection, type Section } from './sections.ts';

/** GitHub refuses comments with more characters. */
const maxComment = 65_536;
/** For the sentence about what was left out. */
const noticeLength = 1000;
/** A longer verdict is cut; a command is printed whole or not at all. */
const maxSummary = 2000;

/** Lines that belong together, and rows that can be left out. */
interface Block {
  readonly name: string;
  readonly top: readonly string[];
  readonly rows: readonly string[];
  readonly bottom: readonly string[];
}

/**
 * Prints an answer as GitHub-flavoured Markdown for a comment or the summary of a job. If it is too long, rows and
 * sections are left out from the end, and a sentence says which; the sources and the doubts get their share first.
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
  const sections = listSections(answer).map(createBlock);
  const sources = createBlock(createSourceSection(answer));
  const room = maxCharacters - measure(head) - noticeLength;
  const whole = [...sections, sources].map(joinBlock);
  if (measure(whole.flat()) <= room) return `${[...head, ...whole.flat()].join('\n')}`.replace(/\n+$/, '\n');

  const shownSources = cutBlock(sources, room / 4);
  let left = room - measure(shownSources.lines);
  const shown = sections.map((block) => {
    const cut = cutBlock(block, left);
    left -= measure(cut.lines);
    return cut;
  });
  const notice = [...shown, shownSources].flatMap(({ missing }) => missing ?? []).join('; ');
  return [
    ...head,
    ...shown.flatMap(({ lines }) => lines),
    ...shownSources.lines,
    `Left out, because this text would be too long: ${notice}. \`--output json\` prints everything.`,
    '',
  ].join('\n');
}

function createBlock(section: Section): Block {
  const { heading, sentence, table, items = [], terms = [], command = null } = section;
  const [columns, rule, ...rows] = table === undefined || table.rows.length === 0 ? [] : formatMarkdownLines(table);
  const tableHead = columns === undefined || rule === undefined ? [] : [columns, rule];
  return {
    name: nameSection(section),
    top: [`## ${escapeMarkdown(heading)}`, '', ...(sentence === undefined ? [] : [sentence, '']), ...tableHead],
    rows: [
      ...rows,
      ...items.map((item) => `- ${escapeMarkdown(item)}`),
      ...terms.map(([term, text]) => `- **${escapeMarkdown(term)}**: ${escapeMarkdown(text)}`),
    ],
    bottom: ['', ...(command === null ? [] : ['Run:', '', ...formatFence(command), ''])],
  };
}

function joinBlock({ top, rows, bottom }: Block): string[] {
  return [...top, ...rows, ...bottom];
}

/** @returns the rows that fit, and what was left out: `12 of 300 rows of Debt`; null: nothing */
function cutBlock(block: Block, room: number): { readonly lines: readonly string[]; readonly missing: string | null } {
  const { name, top, rows, bottom } = block;
  let left = room - measure(top) - measure(bottom);
  const shown = rows.filter((row) => {
    const fits = row.length < left;
    if (fits) left -= row.length + 1;
    return fits;
  });
  if (shown.length === rows.length && left >= 0) return { lines: joinBlock(block), missing: null };
  if (shown.length === 0) return { lines: [], missing: name };
  return {
    lines: [...top, ...shown, ...bottom],
    missing: `${rows.length - shown.length} of ${rows.length} rows of ${name}`,
  };
}

function measure(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
