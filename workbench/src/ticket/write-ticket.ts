import { SnoopError } from '../errors.ts';
import { computeClaims, type TicketClaims } from './claims.ts';
import { writeCoverage } from './coverage-section.ts';
import { formatEvidence, writeEvidenceBlock } from './evidence-block.ts';
import { attachEvidence, type TicketEvidence } from './evidence.ts';
import { writeFinalNotes } from './final-notes.ts';
import { writeHead } from './head-section.ts';
import { writeOutline } from './outline-section.ts';
import { writeProgress } from './progress-section.ts';
import { writeQuery } from './query-section.ts';
import { writeReferences } from './reference-section.ts';
import { type SourceLimits, writeSource } from './source-section.ts';
import { writeTitle } from './title.ts';

/** GitHub's limit of an issue's body. */
export const maxBodyCharacters = 65_536;

export interface Ticket {
  readonly title: string;
  readonly body: string;
  /** The file to attach to the issue; null: all of it is in the body. */
  readonly attachment: { readonly name: string; readonly content: string } | null;
  readonly claims: TicketClaims;
}

/** What is left out of the body because it is in the attachment. Each step leaves out what is needed more. */
interface Shortening extends Omit<SourceLimits, 'elsewhere'> {
  readonly attaches: boolean;
  readonly maxRows: number;
}

const all: Shortening = {
  attaches: false,
  maxOutput: Number.POSITIVE_INFINITY,
  showsImports: true,
  maxRows: 1000,
  showsSources: true,
};
const steps: readonly Shortening[] = [
  all,
  { ...all, attaches: true },
  { ...all, attaches: true, maxOutput: 2000 },
  { ...all, attaches: true, maxOutput: 2000, showsImports: false },
  { ...all, attaches: true, maxOutput: 2000, showsImports: false, maxRows: 50 },
  { attaches: true, maxOutput: 500, showsImports: false, maxRows: 50, showsSources: false },
];

/**
 * Writes a ticket: a pure function of its evidence, so that anybody can write it again and compare.
 * @throws SnoopError `ticket_too_long`
 */
export function writeTicket(evidence: TicketEvidence): Ticket {
  const claims = computeClaims(evidence);
  const name = nameAttachment(evidence);
  for (const step of steps) {
    const body = writeBody(evidence, claims, step, name);
    if (body.length > maxBodyCharacters) continue;
    const attachment = step.attaches ? { name, content: `${formatEvidence(evidence)}\n` } : null;
    return { title: writeTitle(evidence, claims), body, attachment, claims };
  }
  throw new SnoopError(
    'ticket_too_long',
    `The ticket of ${evidence.runs.length} runs does not fit into an issue of ${maxBodyCharacters} characters.`,
    { advice: ['Write a ticket for each run, or for fewer tests: snoop test --test-name PATTERN'] },
  );
}

/** The id of an imported run may be any text. */
function nameAttachment({ runs }: TicketEvidence): string {
  const id = runs[0]?.run.id ?? '';
  return `${/^[\w-]+$/.test(id) ? id : 'ticket'}.evidence.json`;
}

function writeBody(evidence: TicketEvidence, claims: TicketClaims, step: Shortening, attachment: string): string {
  const { runs, outline_only: outlineOnly } = evidence;
  const elsewhere = `the attached file \`${attachment}\``;
  const sections = [
    writeHead(claims),
    writeProgress(evidence),
    writeQuery(evidence, claims, step.maxRows),
    writeReferences(evidence, claims),
    '# The mock test',
    writeOutline(runs),
    ...(outlineOnly ? [] : [writeSource(runs, { ...step, elsewhere }), writeCoverage(claims.runs, step.maxRows)]),
    writeFinalNotes(evidence, claims),
    writeEvidenceBlock(evidence, step.attaches ? attachEvidence(evidence, attachment) : null),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}
