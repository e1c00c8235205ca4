import { isOwnTraffic } from '../../tail/own-traffic.ts';
import { readEventTime } from '../../tail/event-line.ts';
import type { TailedEvent } from '../../tail/tailed-event.ts';
import type { LiveEvent } from '../live/messages.ts';

/** Longer texts are cut: senders choose them. */
const maxCharacters = 512;

/** Creates the row of an event. */
export function toLiveEvent(event: TailedEvent, number: number): LiveEvent {
  return {
    number,
    time: readEventTime(event),
    auditId: cut(event.auditId),
    stage: cut(event.stage),
    verb: cut(event.verb),
    code: event.code,
    endpoint: event.endpoint,
    reason: event.reason,
    path: cut(event.path),
    agent: cut(event.agent),
    test: cut(event.test),
    user: cut(event.user),
    source: event.source,
    isHit: event.isHit,
    isDryRun: event.isDryRun,
    untested: event.untestedUntilNow,
    isOwn: isOwnTraffic(event),
  };
}

function cut(text: string | null): string | null {
  return text === null || text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}…`;
}
