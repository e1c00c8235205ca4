import { SnoopDbError } from '@snoop/snoopdb';
import { wrongUse } from '../errors.ts';
import type { Finding } from '../lint/finding.ts';
import { readAttachment } from '../ticket/attachment.ts';
import type { AttachedEvidence, TicketEvidence } from '../ticket/evidence.ts';
import { lintTicket } from '../ticket/lint/lint-ticket.ts';
import { maxMarkdownBytes } from '../ticket/markdown/parse-markdown.ts';
import { readTicket } from '../ticket/read-ticket.ts';
import type { ReviewInput } from './review-input.ts';

/** Faults of form, which make no claim wrong. */
const formRules: ReadonlySet<string> = new Set([
  ...[
    'section-missing',
    'section-order',
    'section-repeated',
    'empty-section',
    'placeholder',
    'template-text',
    'label',
    'bot-command',
  ],
  ...['progress-count', 'ticked-box', 'empty-link', 'empty-result', 'bodies'],
  // Missing evidence contradicts nothing.
  ...['evidence-cut', 'attachment'],
]);

/**
 * Reads a ticket, and checks what it says against its evidence.
 *
 * @param file path; null: its folder is unknown
 * @throws SnoopError `wrong_use` if the text is too large
 */
export async function readTicketInput(
  name: string,
  text: string,
  file: string | null,
  { stdin, signal }: { readonly stdin: NodeJS.ReadableStream; readonly signal: AbortSignal },
): Promise<ReviewInput> {
  if (Buffer.byteLength(text) > maxMarkdownBytes) {
    throw wrongUse(`${name} is larger than ${maxMarkdownBytes / 1024} KiB, so it is not a ticket.`);
  }
  const ticket = await readTicket(name, text);
  let found: TicketEvidence | null = ticket.evidence.state === 'whole' ? ticket.evidence.evidence : null;
  const readAttached = async (attached: AttachedEvidence): Promise<TicketEvidence> => {
    if (file === null) throw createElsewhere(attached);
    found = await readAttachment(file, attached, { stdin, signal });
    return found;
  };
  const findings = await lintTicket(ticket, { readAttachment: readAttached });
  return { name, runs: found?.runs ?? [], findings: findings.map(weigh) };
}

function createElsewhere({ attachment }: AttachedEvidence): SnoopDbError {
  const advice = 'Download it and the ticket into one folder, and name the ticket there.';
  return new SnoopDbError('unreadable_input', `The evidence is in ${attachment}. ${advice}`);
}

function weigh(finding: Finding): Finding {
  return finding.severity === 'error' && formRules.has(finding.rule) ? { ...finding, severity: 'warning' } : finding;
}
