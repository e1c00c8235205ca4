import { escapeMarkdown } from '../output/markdown.ts';
import type { TicketClaims } from './claims.ts';
import { listNotes } from './notes.ts';

/** The notes, before everything else; empty: there are none. */
export function writeHead(claims: TicketClaims): string {
  const notes = listNotes(claims);
  return notes.length === 0 ? '' : ['> [!WARNING]', ...notes.map((note) => `> - ${escapeMarkdown(note)}`)].join('\n');
}
