import type { Report } from '../../lint/finding.ts';
import type { TicketClaims } from '../claims.ts';
import type { TextDifference } from '../comparison/compare-ticket.ts';
import type { TicketEvidence } from '../evidence.ts';
import type { MarkdownDocument } from '../markdown/document.ts';

/** A ticket as rules see it. */
export interface LintedTicket {
  readonly document: MarkdownDocument;
  /** The ticket that the evidence makes; null: there is no evidence that can be trusted. */
  readonly written: WrittenTicket | null;
}

export interface WrittenTicket {
  readonly evidence: TicketEvidence;
  readonly claims: TicketClaims;
  /** Where the ticket differs from it. */
  readonly differences: readonly TextDifference[];
}

/** Finds one kind of fault. */
export type Rule = (ticket: LintedTicket, report: Report) => void;
