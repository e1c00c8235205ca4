import type { Report } from '../../lint/finding.ts';
import type { TicketClaims } from '../claims.ts';
import type { MarkdownDocument } from '../markdown/document.ts';
import type { Rule } from './linted-ticket.ts';
import { listProse } from './prose.ts';
import { listEndpoints, readResult } from './result-table.ts';
import { assignParts, type Part } from './sections.ts';

interface Mention {
  readonly line: number;
  readonly number: number;
}

const mentions = [/\bN = (\d+)\b/g, /\bgo(?:es)? up by\W*(\d+)\W*points?\b/gi, /\+\s?(\d+)\s+endpoints?\b/gi];

/** Compares each N of the text with the evidence, or with the tables of a ticket without evidence. */
export const checkPoints: Rule = ({ document, written }, report) => {
  const found = listMentions(document);
  if (written) reportEach(found, written.claims.counted.length, (n) => explainSurplus(n, written.claims), report);
  else checkAgainstTables(document, found, report);
};

function listMentions(document: MarkdownDocument): Mention[] {
  return listProse(document).flatMap(({ line, text }) =>
    mentions.flatMap((pattern) =>
      [...text.normalize('NFKC').matchAll(pattern)].map(([, number]) => ({ line, number: Number(number) })),
    ),
  );
}

function reportEach(found: readonly Mention[], n: number, explain: (number: number) => string, report: Report): void {
  for (const { line, number } of found) {
    if (number !== n) report('error', 'points', line, `The text counts ${number}. ${explain(number)}`);
  }
}

function explainSurplus(number: number, { counted, raised }: TicketClaims): string {
  const is = `The evidence has ${counted.length}: eligible endpoints that no conformance test hits and that a passed test hit.`;
  const others = raised.flatMap(({ what, endpoints }) => endpoints.map(({ endpoint }) => `${endpoint} (${what})`));
  if (number < counted.length || others.length === 0) return is;
  return `${is} Not counted: ${others.slice(0, 5).join(', ')}${others.length > 5 ? ' …' : ''}.`;
}

function checkAgainstTables(document: MarkdownDocument, found: readonly Mention[], report: Report): void {
  const untested = collectEndpoints(document, 'query');
  const hit = collectEndpoints(document, 'coverage');
  if (untested.size === 0 || hit.size === 0) return;
  const n = [...untested].filter((endpoint) => hit.has(endpoint)).length;
  reportEach(
    found,
    n,
    () => `Its tables have ${n}: endpoints that are untested in the first and hit in the last.`,
    report,
  );
  for (const endpoint of untested) {
    if (!hit.has(endpoint)) {
      report(
        'warning',
        'not-hit',
        null,
        `${endpoint} is listed as untested, and no table shows that the test hits it.`,
      );
    }
  }
}

/** The endpoints in the results of a part. */
export function collectEndpoints(document: MarkdownDocument, part: Part): Set<string> {
  const tables = assignParts(document)
    .filter((one) => one.part === part)
    .flatMap(({ section }) => section.fences.flatMap((fence) => readResult(fence) ?? []));
  return new Set(tables.flatMap((table) => listEndpoints(table).map(({ endpoint }) => endpoint)));
}
