import type { LiveEvent } from '../../../src/ui/live/messages.ts';

export interface EventFilter {
  /** Words that must all be in the endpoint, path, verb, code, test, agent, user or source, in any case. */
  readonly text: string;
  /** Only hits of endpoints that no e2e test hits. */
  readonly untested: boolean;
  /** Also requests of the cluster itself and of snoop. */
  readonly all: boolean;
}

export function readEventFilter(query: Readonly<Record<string, string>>): EventFilter {
  return { text: query.filter ?? '', untested: query.untested === '1', all: query.all === '1' };
}

export function filterEvents(events: readonly LiveEvent[], { text, untested, all }: EventFilter): readonly LiveEvent[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return events.filter((event) => (all || !event.isOwn) && (!untested || event.untested) && hasWords(event, words));
}

function hasWords(event: LiveEvent, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { endpoint, path, verb, code, test, agent, user, source, reason } = event;
  const all = [endpoint, path, verb, code, test, agent, user, source, reason].join('\n').toLowerCase();
  return words.every((word) => all.includes(word));
}
