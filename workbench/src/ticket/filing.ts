import { quoteWord } from '../output/quote-word.ts';
import { findSig } from './api-groups.ts';
import type { TicketEvidence } from './evidence.ts';
import { listTicketKinds } from './ticket-kinds.ts';
import type { Ticket } from './write-ticket.ts';

const repository = 'kubernetes/kubernetes';
/** Longer addresses are refused by GitHub or cut by shells and browsers. */
const maxUrlCharacters = 8_000;

/** How to file a ticket. */
export interface Filing {
  /** The command line, for a POSIX shell. */
  readonly command: string;
  /** The page for a new issue, filled in; null: the ticket does not fit into an address. */
  readonly url: string | null;
}

/**
 * Describes how to file a ticket; sends nothing. A ticket about an API that is not part of Kubernetes names no
 * repository.
 *
 * @param file the ticket's file, for the command; `-`: standard input
 */
export function describeFiling(
  { title, body, attachment, claims }: Ticket,
  evidence: TicketEvidence,
  file: string,
): Filing {
  const kinds = listTicketKinds(evidence, claims);
  const isKubernetes = kinds.length === 0 || kinds.some((kind) => findSig(kind) !== null);
  const words = [
    'gh issue create',
    ...(isKubernetes ? [`--repo ${repository}`] : []),
    `--title ${quoteWord(title)}`,
    `--body-file ${quoteWord(file)}`,
  ];
  const url = `https://github.com/${repository}/issues/new?${new URLSearchParams({ title, body })}`;
  const fits = isKubernetes && attachment === null && url.length <= maxUrlCharacters;
  return { command: words.join(' '), url: fits ? url : null };
}
