import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { computeDigest, findInputs, readInput, SnoopDbError, writeFileAtomically } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from '../../errors.ts';
import { readAttachment } from '../attachment.ts';
import type { TicketEvidence } from '../evidence.ts';
import { maxMarkdownBytes } from '../markdown/parse-markdown.ts';
import { readTicket, type Ticket as ReadTicket } from '../read-ticket.ts';
import { maxBodyCharacters, type Ticket, writeTicket } from '../write-ticket.ts';
import { type TicketUpdate, updateTicket } from './update-ticket.ts';

export interface FileUpdate extends TicketUpdate {
  /** As it is written now. */
  readonly ticket: Ticket;
  /** Of the file; symbolic links are followed. */
  readonly path: string;
  readonly isChanged: boolean;
  /** Why it is unknown what people changed; null: it is known. */
  readonly lost: string | null;
}

/**
 * Computes a file with a ticket that is written again. If its evidence has the same runs already, the ticket stays that
 * of then.
 * @throws SnoopError if the text is too long for an issue, or the path is a folder; SnoopDbError `unreadable_input`
 */
export async function planUpdate(
  file: string,
  evidence: TicketEvidence,
  options: { readonly cwd: string; readonly stdin: NodeJS.ReadableStream; readonly signal: AbortSignal },
): Promise<FileUpdate> {
  const path = resolve(options.cwd, file);
  if (existsSync(path) && !statSync(path).isFile()) {
    throw wrongUse(`${file} is not a file.`, "Name a ticket that 'snoop ticket --out' wrote.");
  }
  const [input] = await findInputs(path, options);
  if (!input) throw new Error(`${file} is a file, and no input.`);
  const bytes = await readInput(input, { maxBytes: maxMarkdownBytes, signal: options.signal });
  const text = bytes.toString('utf8');
  const { old, lost } = await findOld(await readTicket(file, text), path, options);
  const ticket = writeTicket(old && isSame(old, evidence) ? old : evidence);
  const update = updateTicket(text, old && writeTicket(old).body, ticket.body);
  if (update.text.length > maxBodyCharacters) {
    const more = update.text.length - maxBodyCharacters;
    throw new SnoopError('ticket_too_long', `${file} would have ${more} characters more than an issue may.`, {
      advice: ['Shorten your own paragraphs.'],
    });
  }
  return { ...update, ticket, path: realpathSync(path), isChanged: update.text !== text, lost };
}

/** The evidence of the file; null, and why, if it cannot be trusted. */
async function findOld(
  { evidence }: ReadTicket,
  path: string,
  options: { readonly stdin: NodeJS.ReadableStream; readonly signal: AbortSignal },
): Promise<{ readonly old: TicketEvidence | null; readonly lost: string | null }> {
  if (evidence.state === 'whole') return { old: evidence.evidence, lost: null };
  if (evidence.state !== 'attached') return { old: null, lost: evidence.reason };
  try {
    return { old: await readAttachment(path, evidence.attached, options), lost: null };
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    return { old: null, lost: error.message };
  }
}

/** Whether both differ at most in the time and the program that wrote them. */
function isSame(old: TicketEvidence, next: TicketEvidence): boolean {
  const digest = ({ sha256: _, written_at: _time, snoop_version: _version, ...content }: TicketEvidence): string =>
    computeDigest(content);
  return digest(old) === digest(next);
}

/**
 * Writes the file, and the attachment beside it, each at once.
 * @returns the path of the attachment; null: there is none
 */
export function writeUpdate({ path, text, ticket: { attachment } }: FileUpdate): string | null {
  const attached = attachment === null ? null : join(dirname(path), attachment.name);
  const mode = statSync(path).mode & 0o777;
  if (attachment !== null && attached !== null && !isWritten(attached, attachment.content)) {
    writeFileAtomically(attached, attachment.content, mode);
  }
  writeFileAtomically(path, text, mode);
  return attached;
}

function isWritten(file: string, content: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8') === content;
}
