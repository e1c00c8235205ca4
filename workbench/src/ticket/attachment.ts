import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findInputs, readJsonDocument, SnoopDbError } from '@snoop/snoopdb';
import { type AttachedEvidence, checkEvidence, type TicketEvidence } from './evidence.ts';

/** A name of a JSON file, without a folder, that means the same on every system. Messages may quote what is in it. */
const namePattern = /^[\p{L}\p{N}_][\p{L}\p{N} _.()+-]{0,199}\.json$/u;

/** Whether a value names an attachment. A name with a folder, such as `../../id_rsa`, does not. */
export function isAttachment(value: unknown): value is AttachedEvidence {
  if (typeof value !== 'object' || value === null) return false;
  const attachment: unknown = Reflect.get(value, 'attachment');
  const sha256: unknown = Reflect.get(value, 'sha256');
  return (
    Reflect.get(value, 'format') === 'snoop-ticket' &&
    Reflect.get(value, 'version') === 1 &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof attachment === 'string' &&
    namePattern.test(attachment)
  );
}

/**
 * Reads the evidence that is attached to a ticket, from the folder of the ticket.
 * @param ticket path of the ticket's file
 * @throws SnoopDbError `unreadable_input`, `bad_document`, also if the file belongs to another ticket
 */
export async function readAttachment(
  ticket: string,
  attached: AttachedEvidence,
  options: { stdin: NodeJS.ReadableStream; signal?: AbortSignal },
): Promise<TicketEvidence> {
  const { attachment } = attached;
  const path = join(dirname(ticket), attachment);
  const found = await lstat(path).catch((cause: unknown) => {
    const advice = `Download it from the ticket, into the folder of ${ticket}.`;
    throw new SnoopDbError('unreadable_input', `The attachment ${attachment} cannot be read. ${advice}`, { cause });
  });
  if (!found.isFile()) {
    throw new SnoopDbError('unreadable_input', `The attachment ${attachment} is not a regular file.`);
  }
  const [input] = await findInputs(path, { cwd: dirname(path), stdin: options.stdin });
  if (!input) throw new SnoopDbError('unreadable_input', `The attachment ${attachment} cannot be read.`);
  const { value } = await readJsonDocument(input, options.signal ? { signal: options.signal } : {});
  return checkAttachment(attachment, value, attached);
}

/**
 * Checks the content of an attachment.
 * @param name of the attachment, for messages
 * @throws SnoopDbError `bad_document`
 */
export async function checkAttachment(
  name: string,
  value: unknown,
  { sha256 }: AttachedEvidence,
): Promise<TicketEvidence> {
  const evidence = await checkEvidence(name, value);
  if (evidence.sha256 === sha256) return evidence;
  throw new SnoopDbError('bad_document', `${name} belongs to another ticket: its digest is not the ticket's.`);
}
