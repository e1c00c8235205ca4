import { setImmediate as nextTurn } from 'node:timers/promises';
import { SnoopDbError } from '../errors.ts';
import { type BodySurvey, sliceEvents, surveyBody } from './body-survey.ts';
import { type EventSlice, readEventList } from './event-list.ts';

/** A body that is a list of events. */
export interface ReceivedBody {
  bytes: Buffer;
  sha256: Buffer;
  eventCount: number;
  /** Iterates over its events; each call starts from the beginning. */
  sliceEvents(): Iterable<EventSlice>;
}

/** Above these limits the events are not held in memory, and the body is stored alone. */
const maxSmallBytes = 8 * 1024 * 1024;
const maxSmallEvents = 5000;
/** A larger body would block the database for longer than a sender waits. */
const maxEvents = 1_000_000;
/** Limit for rejected events of a body; an API server's lists are shorter. */
const maxRejected = 10_000;

/** Whether a body is small enough to be read at once. */
export function isSmallBody(bytes: Buffer): boolean {
  return bytes.length <= maxSmallBytes;
}

/**
 * Reads a body with few events.
 * @returns null if it has more
 * @throws SnoopDbError `bad_body`
 */
export function readSmallBody(bytes: Buffer, sha256: Buffer): ReceivedBody | null {
  let events: EventSlice[];
  try {
    events = readEventList(bytes, maxSmallEvents);
  } catch (error) {
    if (error instanceof SnoopDbError && error.code === 'too_many_events') return null;
    throw error;
  }
  return { bytes, sha256, eventCount: events.length, sliceEvents: () => events };
}

/**
 * Reads a body of any size, in steps with room for other work.
 * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected`
 */
export async function readLargeBody(bytes: Buffer, sha256: Buffer): Promise<ReceivedBody> {
  const survey = await surveyInSteps(bytes);
  return { bytes, sha256, eventCount: survey.events, sliceEvents: () => sliceEvents(bytes, survey) };
}

async function surveyInSteps(bytes: Buffer): Promise<BodySurvey> {
  const surveying = surveyBody(bytes, maxEvents);
  let step = surveying.next();
  while (!step.done) {
    await nextTurn();
    step = surveying.next();
  }
  checkRejectedCount(step.value.flawed);
  return step.value;
}

/** @throws SnoopDbError `too_many_rejected` if too many events of a body cannot be stored */
export function checkRejectedCount(events: number): void {
  if (events <= maxRejected) return;
  throw new SnoopDbError(
    'too_many_rejected',
    `More than ${maxRejected.toLocaleString('en')} events of the body cannot be stored, so none is. Send the other events without them, in several bodies.`,
  );
}

/**
 * Checks that a body can be stored: it is an EventList, or one Event.
 * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected`
 */
export async function checkBody(bytes: Buffer): Promise<void> {
  await surveyInSteps(bytes);
}
