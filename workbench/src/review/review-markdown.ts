import { computeDocumentCoverage, type RunCoverage } from '@snoop/snoopdb';
import type { Finding } from '../lint/finding.ts';
import { escapeMarkdown, formatMarkdownTable } from '../output/markdown.ts';
import { version } from '../version.ts';
import type { RunReview } from './review-run.ts';
import { countCompared, decideVerdict, type Review, type ReviewedRun, type Verdict } from './verdict.ts';

const verdicts: Readonly<Record<Verdict, string>> = {
  confirmed: 'confirmed: the tests hit the same endpoints here, with the same answers',
  consistent: 'consistent on paper; not run',
  different: 'different from what it claims',
  'could not tell': 'could not tell',
};

/** A comment on GitHub holds 65,536 characters. */
const maxRows = 150;
const maxCellCharacters = 300;

/**
 * Formats a review as a comment in GitHub-flavoured Markdown. Text of the ticket is escaped, so that it cannot look like
 * the verdict.
 */
export function formatReview(review: Review): string {
  const lines = [
    `## snoop review: ${verdicts[decideVerdict(review)]}`,
    '',
    `Reviewed: ${escapeMarkdown(review.name)}`,
    '',
  ];
  if (review.findings.length > 0) lines.push(...formatFindings('The ticket', review.findings));
  for (const run of review.runs) lines.push(...formatRun(run, review.runs.length > 1));
  lines.push(`<sub>snoop ${version}</sub>`);
  return `${lines.join('\n')}\n`;
}

function formatRun({ document, findings, review, notRun }: ReviewedRun, isOneOfSeveral: boolean): string[] {
  const lines = isOneOfSeveral ? [`### Run ${escapeMarkdown(document.run.id)}`, ''] : [];
  if (notRun !== null) lines.push(`Not run: ${escapeMarkdown(notRun)}`, '');
  if (review !== null) lines.push(...formatComparison(review));
  else lines.push(...formatTable(['', 'claimed'], listFacts(computeDocumentCoverage(document), [])), '');
  if (findings.length > 0) lines.push(...formatFindings('On paper', findings));
  return lines;
}

function formatComparison(review: RunReview): string[] {
  const { claimed, here, differences, ofOneRelease, answers, doubts, notes } = review;
  const lines = [...formatTable(['', 'claimed', 'here'], listFacts(claimed, here)), ''];
  const sentences = [...doubts, ...notes];
  for (const sentence of sentences) lines.push(`- ${escapeMarkdown(sentence)}`);
  if (sentences.length > 0) lines.push('');
  if (differences.length > 0) {
    const rows = differences.map(({ kind, what, claimed: was, here: is, reason }) => [kind, what, was, is, reason]);
    const columns = ['difference', 'endpoint or test', 'claimed', 'here', 'likely reason'];
    lines.push(`### ${differences.length} different`, '', ...formatTable(columns, rows), '');
  }
  if (ofOneRelease.length > 0) {
    const rows = ofOneRelease.map(({ what, claimed: was, here: is }) => [what, was, is]);
    lines.push('### Only in one of the two releases', '', ...formatTable(['endpoint', 'claimed', 'here'], rows), '');
  }
  const rows = answers.map(({ endpoint, claimed: was, here: is }) => [
    endpoint,
    formatAnswers(was),
    listOnce(is.map(formatAnswers)),
  ]);
  lines.push(
    `<details><summary>Answers by endpoint (${countCompared(review)} compared)</summary>`,
    '',
    ...formatTable(['endpoint', 'claimed', 'here'], rows),
    '',
    '</details>',
    '',
  );
  return lines;
}

function listFacts(claimed: RunCoverage, here: readonly RunCoverage[]): string[][] {
  const facts: [string, (coverage: RunCoverage) => string][] = [
    ['run', ({ run }) => run.id],
    ['author', ({ run }) => run.author ?? '-'],
    ['cluster', ({ run }) => run.clusterVersion ?? '-'],
    ['baseline', ({ baseline }) => `${baseline.release}${baseline.incomplete === null ? '' : ' (incomplete)'}`],
    ['tests', ({ tests }) => countStates(tests.map(({ state }) => state))],
    ['requests', ({ evidence }) => `${evidence.sent} sent, ${evidence.recorded} recorded`],
    ['endpoints hit', ({ endpoints }) => String(endpoints.filter(({ hits }) => hits > 0).length)],
    ['newly hit', describeNew],
    ['snoop', ({ run }) => run.snoopVersion ?? '-'],
  ];
  return facts.map(([name, read]) => [name, read(claimed), ...(here.length > 0 ? [listOnce(here.map(read))] : [])]);
}

function describeNew({ endpoints, baseline }: RunCoverage): string {
  const [tested, conformance] = [
    endpoints.filter(({ untestedUntilNow }) => untestedUntilNow).length,
    endpoints.filter(({ newToConformance }) => newToConformance).length,
  ];
  return `${conformance} for conformance, ${tested} for e2e, compared with ${baseline.release}`;
}

function countStates(states: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, number]) => `${number} ${state}`).join(', ') || '-';
}

/** `200 ×3, 404`; `-`: it was not requested. */
function formatAnswers(answers: Readonly<Record<string, number>>): string {
  const parts = Object.entries(answers).map(([code, number]) => (number === 1 ? code : `${code} ×${number}`));
  return parts.join(', ') || '-';
}

/** Formats a table that fits into a comment. */
function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const shown = rows.slice(0, maxRows).map((cells) => cells.map(shorten));
  const more = rows.length - shown.length;
  return [...formatMarkdownTable(columns, shown), ...(more > 0 ? ['', `… and ${more} more rows`] : [])];
}

function shorten(cell: string): string {
  return cell.length > maxCellCharacters ? `${cell.slice(0, maxCellCharacters)} …` : cell;
}

function listOnce(texts: readonly string[]): string {
  return [...new Set(texts)].join('; ');
}

function formatFindings(heading: string, findings: readonly Finding[]): string[] {
  const rows = findings.map(({ severity, file, line, message, rule }) => [
    severity,
    line === null ? file : `${file}:${line}`,
    message,
    rule,
  ]);
  return [`### ${heading}`, '', ...formatTable(['', 'where', 'what', 'rule'], rows), ''];
}
