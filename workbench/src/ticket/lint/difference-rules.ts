import type { Report } from '../../lint/finding.ts';
import { version } from '../../version.ts';
import type { LineDifference } from '../comparison/compare-ticket.ts';
import { explainRow } from './explain-row.ts';
import type { Rule, WrittenTicket } from './linted-ticket.ts';

/** Compares a ticket with the one that its evidence makes. Ignores what people may add. */
export const checkDifferences: Rule = ({ written }, report) => {
  if (!written) return;
  let hasQuotes = false;
  for (const difference of written.differences) {
    if (difference.kind === 'lines') reportLines(difference, written, report);
    if (difference.kind !== 'curly quotes' || hasQuotes) continue;
    hasQuotes = true;
    const message =
      'An editor replaced straight quotes with curly ones, here and maybe further down. Code may not run like this.';
    report('warning', 'curly-quotes', difference.line, message);
  }
};

function reportLines(difference: LineDifference, written: WrittenTicket, report: Report): void {
  const { line, expected, found } = difference;
  const isLabel = [...expected, ...found].every((text) => text === '' || text.startsWith('/'));
  if (isLabel && expected.length === 0) return;
  const rule = isLabel ? 'label' : nameRule(difference);
  const row = rule === 'changed-result' ? explainRow(expected, found, written) : null;
  if (row) {
    report('error', row.rule, line, row.message);
    return;
  }
  const { snoop_version: writer } = written.evidence;
  const [severity, note] =
    // What ran and what it gave is the same in every version.
    writer === version || rule === 'stale-result' || rule === 'changed-result' || rule === 'outline'
      ? (['error', ''] as const)
      : (['warning', ` snoop ${writer} wrote it, and this is ${version}.`] as const);
  report(severity, rule, line, `${describe(difference, rule)}${note}`);
}

function nameRule({ section, block, language }: LineDifference): string {
  const heading = section.heading ?? '';
  if (block === 'fence') {
    if (language === 'typescript' || language === 'sh' || language === 'javascript') return 'stale-result';
    return language === 'sql' ? 'changed-query' : 'changed-result';
  }
  if (block === 'list' && !/^(?:Progress|API Reference)\b/.test(heading)) return 'outline';
  return 'changed-text';
}

const what: Readonly<Record<string, string>> = {
  'stale-result': 'The source is not the one that ran, so the results are not those of this source. Run it again',
  'changed-query': 'The query is not the one that was made',
  'changed-result': 'The result is not the one of the run',
  outline: 'The outline is not that of the steps that ran',
  label: "The lines that label the issue are not those of the tests' kinds",
  'changed-text': 'The text is not the one that the evidence makes',
};

function describe({ expected, found }: LineDifference, rule: string): string {
  const [was = '', is = ''] = [expected, found].map((lines) => lines.find((text) => text.trim() !== '')?.trim());
  const at = findDifference(was, is);
  const change =
    expected.length === 0
      ? `${quote(is, 0)} was added`
      : found.length === 0
        ? `${quote(was, 0)} is missing`
        : `${quote(is, at)} instead of ${quote(was, at)}`;
  return `${what[rule] ?? 'The text was changed'}: ${change}. 'snoop ticket --update' writes it again.`;
}

function findDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

/** Quotes the part of a line around a place. */
function quote(line: string, at: number): string {
  const from = line.length <= 80 ? 0 : Math.max(0, at - 30);
  const part = line.slice(from, from + 80);
  return `"${from > 0 ? '…' : ''}${part}${from + part.length < line.length ? '…' : ''}"`;
}
