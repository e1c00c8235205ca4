import type { LiveFill } from '@snoop/snoopdb';
import type { EventsArrived } from '../../control-plane/events-arrived.ts';
import type { SpoolBacklog } from '../../evidence/auditlogger-state.ts';
import { formatAge, formatBytes } from '../../output/quantities.ts';

export function printEvents(events: EventsArrived): string {
  if (!events.known) return `Audit events: unknown (${events.why})`;
  const count = `${events.estimated ? 'about ' : ''}${events.count.toLocaleString('en')} audit events arrived`;
  return events.lastAgeSeconds === null ? count : `${count}, the last one ${formatAge(events.lastAgeSeconds)} ago`;
}

/** Formats the size of the live table and its bounds. */
export function printFill({ rows, bytes, oldestAt, bounds, dropped, rejected, forgottenLeft }: LiveFill): string {
  const share = (part: number, whole: number | undefined): string =>
    whole === undefined ? '' : ` (${Math.round((100 * part) / whole)} % of ${whole.toLocaleString('en')})`;
  const ageMs = oldestAt === null ? null : Date.now() - oldestAt.getTime();
  const facts = [
    `about ${rows.toLocaleString('en')} audit events${share(rows, bounds?.maxRows)}`,
    `${formatBytes(bytes)}${bounds === null ? '' : ` of ${formatBytes(bounds.maxBytes)}`}`,
    ...(ageMs === null
      ? []
      : [
          `the oldest ${formatAge(ageMs / 1000)} old${bounds === null ? '' : ` of ${formatAge(bounds.maxAgeMs / 1000)}`}`,
        ]),
    ...(dropped.rows === 0 ? [] : [`${dropped.rows.toLocaleString('en')} older ones dropped`]),
    ...(rejected.rows === 0 ? [] : [`${rejected.rows.toLocaleString('en')} rejected`]),
    ...(forgottenLeft === 0 ? [] : ['a reset is still removing events']),
  ];
  return `Stored: ${facts.join(', ')}`;
}

/** Formats the number of sources and hits, which senders can create, and its bounds. */
export function printNamed({ named, bounds }: LiveFill): string {
  const of = (limit: number | undefined): string => (limit === undefined ? '' : ` of ${limit.toLocaleString('en')}`);
  return `Named by senders: ${named.sources.toLocaleString('en')}${of(bounds?.maxSources)} sources, with ${named.hits.toLocaleString('en')}${of(bounds?.maxHits)} hits`;
}

/** Formats the bodies that wait for the database. */
export function printSpool({ bodies, bytes, maxBytes, oldestAt, reason, refused, broken }: SpoolBacklog): string[] {
  const size = `${formatBytes(bytes)} of ${formatBytes(maxBytes)}`;
  const age = oldestAt === null ? '' : `, the oldest arrived ${formatAge((Date.now() - oldestAt) / 1000)} ago`;
  return [
    bodies === 0
      ? 'Spool: nothing waits'
      : `Spool: ${countBodies(bodies)} (${size})${age}; ${reason === null ? 'being stored' : `waiting: ${reason}`}`,
    ...(refused === null ? [] : [`Spool: the database refuses ${countBodies(refused.bodies)}: ${refused.reason}`]),
    ...(broken === null ? [] : [`Spool: ${broken.files} broken, kept in ${broken.folder}`]),
  ];
}

function countBodies(bodies: number): string {
  return bodies === 1 ? '1 body of audit events' : `${bodies.toLocaleString('en')} bodies of audit events`;
}
