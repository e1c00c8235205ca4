import { escapeControlCharacters } from '../../output/control-characters.ts';
import { createPaint, type Paint } from '../../output/paint.ts';
import { formatTextLines } from '../../output/table.ts';
import { wrapWords } from '../../output/wrap.ts';
import type { GateAnswer, Verdict } from '../answer.ts';
import { describeCounts, describeReleases } from './describe.ts';
import type { Outline } from './outline.ts';
import { createSourceSection, listSections, type Section } from './sections.ts';

/** The width of logs of CI systems, which do not wrap or do it in the middle of words. */
const logWidth = 120;
const indent = 2;

const colors: Readonly<Record<Verdict, 'green' | 'yellow' | 'red'>> = {
  'nothing missing': 'green',
  'not yet proven': 'yellow',
  'stale lists': 'yellow',
  missing: 'red',
  'cannot tell': 'red',
};

/**
 * Prints an answer for a terminal or log: the verdict in one sentence, the sources, what fails, the rest.
 *
 * @param color use ANSI colours
 * @param width columns of the terminal; null: no terminal
 */
export function printText(answer: GateAnswer, color: boolean, width: number | null = null): string {
  const paint = createPaint(color, width ?? logWidth);
  const facts = [
    `Verdict    ${answer.verdict}, exit code ${answer.exitCode}`,
    `Release    ${describeReleases(answer)}`,
  ];
  if (answer.verdict !== 'cannot tell') facts.push(`Endpoints  ${describeCounts(answer)}`);
  const blocks = [
    [
      ...wrap(answer.summary, paint).map((line) => paint(['bold', colors[answer.verdict]], line)),
      ...facts.flatMap((fact) => wrap(fact, paint, 11)),
    ],
    ...[createSourceSection(answer), ...listSections(answer)].map((section) => printSection(section, paint)),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function printSection(section: Section, paint: Paint): string[] {
  const { heading, sentence, table, items = [], outlines = [], terms = [], command = null } = section;
  const margin = Math.max(0, ...terms.map(([term]) => term.length)) + indent;
  return [
    ...wrap(heading, paint).map((line) => paint('bold', line)),
    ...(sentence === undefined ? [] : wrap(sentence, paint)),
    ...(table === undefined || table.rows.length === 0 ? [] : formatTextLines(table, paint, indent)),
    ...items.flatMap((item) => wrap(`- ${item}`, paint, indent)),
    ...outlines.flatMap((outline, number) => [...(number === 0 ? [] : ['']), ...printOutline(outline, paint, indent)]),
    ...terms.flatMap(([term, text]) => wrap(`${term.padEnd(margin)}${text}`, paint, margin)),
    // Not wrapped, so that it can be copied.
    ...(command === null ? [] : ['  Run:', `    ${escapeControlCharacters(command)}`]),
  ];
}

/** Each level has more indent. */
function printOutline({ label, facts, details, command, below }: Outline, paint: Paint, margin: number): string[] {
  const inner = margin + indent;
  const print = (text: string, before: number): string[] =>
    wrap(`${' '.repeat(before)}${text}`, paint, before + indent);
  return [
    ...print([label, ...facts].join(' · '), margin),
    ...details.flatMap((detail) => print(detail, inner)),
    // Not wrapped, so that it can be copied.
    ...(command === null ? [] : [`${' '.repeat(inner)}start a test: ${escapeControlCharacters(command)}`]),
    ...below.flatMap((outline) => printOutline(outline, paint, inner)),
  ];
}

/** @param hanging spaces before the lines after the first */
function wrap(text: string, { width }: Paint, hanging = 0): string[] {
  const line = escapeControlCharacters(text.replace(/\s*\n\s*/g, ' '));
  if (width === null) return [line];
  return wrapWords(line, width, width - hanging).map((part, place) =>
    place === 0 ? part : ' '.repeat(hanging) + part,
  );
}
