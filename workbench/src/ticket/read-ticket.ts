import { findEvidence, type FoundEvidence } from './find-evidence.ts';
import type { MarkdownDocument } from './markdown/document.ts';
import { parseMarkdown } from './markdown/parse-markdown.ts';

export interface Ticket {
  /** For messages. */
  readonly name: string;
  readonly document: MarkdownDocument;
  readonly evidence: FoundEvidence;
}

/**
 * Reads a ticket, from 'snoop ticket' or from anybody.
 * @param name for messages
 * @throws RangeError above 512 KiB
 */
export async function readTicket(name: string, text: string): Promise<Ticket> {
  const document = parseMarkdown(text);
  return { name, document, evidence: await findEvidence(name, document) };
}
