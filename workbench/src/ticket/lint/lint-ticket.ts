import {
  listCalendarReleases,
  readShippedEndpoints,
  type ShippedEndpoint,
  SnoopDbError,
  toError,
} from '@snoop/snoopdb';
import type { Finding, Report } from '../../lint/finding.ts';
import { shorten } from '../blocks.ts';
import { compareTicket } from '../comparison/compare-ticket.ts';
import type { AttachedEvidence, TicketEvidence } from '../evidence.ts';
import type { MarkdownDocument } from '../markdown/document.ts';
import { parseMarkdown } from '../markdown/parse-markdown.ts';
import type { Ticket } from '../read-ticket.ts';
import { writeTicket } from '../write-ticket.ts';
import { checkBoxes } from './box-rules.ts';
import { checkDifferences } from './difference-rules.ts';
import { checkEvidenceContent, checkSavedSources, type ReleaseData } from './evidence-rules.ts';
import { checkLinks } from './link-rules.ts';
import type { Rule, WrittenTicket } from './linted-ticket.ts';
import { checkHandWritten } from './hand-written.ts';
import { checkPoints } from './point-rules.ts';
import { checkResults } from './result-rules.ts';
import { checkEmptySections, checkSections } from './section-rules.ts';
import { checkLabels, checkPlaceholders, checkQueries, checkTemplateText, checkVerdict } from './text-rules.ts';

export interface LintOptions {
  /** Reads the attachment of a ticket; rejects if that is impossible. */
  readAttachment(attached: AttachedEvidence): Promise<TicketEvidence>;
  /** Reads the source of a test as it is now; null: it is unknown. */
  readSource?(file: string): string | null;
}

const rules: readonly Rule[] = [
  checkSections,
  checkEmptySections,
  checkPlaceholders,
  checkTemplateText,
  checkVerdict,
  checkLabels,
  checkQueries,
  checkLinks,
  checkBoxes,
  checkPoints,
  checkResults,
  checkDifferences,
];

/** A hostile ticket has many. */
const maxFindings = 200;
const maxMessageCharacters = 500;

/** Finds what reviewers would send back, by line. */
export async function lintTicket(ticket: Ticket, options: LintOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  const report: Report = (severity, rule, line, message) => {
    findings.push({ file: ticket.name, line, severity, rule, message: shorten(message, maxMessageCharacters) });
  };
  const found = await findWhole(ticket, options, report);
  const written = found && rewrite(found, ticket.document, report);
  for (const rule of rules) rule({ document: ticket.document, written }, report);
  const data = createReleaseData(await listCalendarReleases());
  if (found && written) {
    checkSavedSources(written, options.readSource ?? (() => null), report);
    await checkEvidenceContent(written, found.line, data, report);
  }
  if (ticket.evidence.state === 'missing') await checkHandWritten(ticket.document, data, report);
  return limit(ticket.name, sortByLine(findings));
}

interface WholeEvidence {
  readonly line: number;
  readonly evidence: TicketEvidence;
}

/** The evidence of a ticket or of its attachment; null, and reported: it cannot be trusted. */
async function findWhole({ evidence }: Ticket, options: LintOptions, report: Report): Promise<WholeEvidence | null> {
  switch (evidence.state) {
    case 'whole':
      if (evidence.undone.length > 0) {
        const message = `An editor put ${evidence.undone.join(' and ')} into the evidence. It is whole without them.`;
        report('warning', 'evidence-reformatted', evidence.line, message);
      }
      return evidence;
    case 'attached':
      try {
        return { line: evidence.line, evidence: await options.readAttachment(evidence.attached) };
      } catch (error) {
        if (!(error instanceof SnoopDbError)) throw error;
        report('error', error.code === 'bad_document' ? 'digest' : 'attachment', evidence.line, error.message);
        return null;
      }
    case 'missing':
      return null;
    case 'changed':
      report('error', 'digest', evidence.line, `${evidence.reason} 'snoop ticket' writes the ticket again.`);
      return null;
    default:
      report('error', `evidence-${evidence.state}`, evidence.line, evidence.reason);
      return null;
  }
}

/** Compares a document with the ticket that its evidence makes. Evidence from elsewhere may make none. */
function rewrite({ evidence, line }: WholeEvidence, document: MarkdownDocument, report: Report): WrittenTicket | null {
  try {
    const { body, claims } = writeTicket(evidence);
    return { evidence, claims, differences: compareTicket(parseMarkdown(body), document) };
  } catch (error) {
    report('error', 'evidence-refused', line, `No ticket can be made from the evidence: ${toError(error).message}`);
    return null;
  }
}

function createReleaseData(releases: readonly string[]): ReleaseData {
  const read = new Map<string, Promise<ReadonlyMap<string, ShippedEndpoint> | null>>();
  return {
    releases,
    readEndpoints(release) {
      const endpoints = read.get(release) ?? readShippedEndpoints(release);
      read.set(release, endpoints);
      return endpoints;
    },
  };
}

function sortByLine(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((one) => [`${one.line} ${one.severity} ${one.rule} ${one.message}`, one]));
  return [...unique.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function limit(file: string, findings: Finding[]): Finding[] {
  if (findings.length <= maxFindings) return findings;
  const kept = findings.toSorted((a, b) => rank(a) - rank(b)).slice(0, maxFindings);
  const message = `${findings.length - maxFindings} more findings are not listed.`;
  return [...sortByLine(kept), { file, line: null, severity: 'note', rule: 'more', message }];
}

function rank({ severity }: Finding): number {
  return ['error', 'warning', 'note'].indexOf(severity);
}
