import { setImmediate as nextTurn } from 'node:timers/promises';
import { SnoopDbError } from '../errors.ts';
import { type BodySurvey, cutEvents, surveyBody } from './body-survey.ts';
import { type EventSlice, readEventList } from './event-list.ts';

/** A body that was read and found to be a list of events. */
export interface ReceivedBody {
  bytes: Buffer;
  sha256: Buffer;
  eventCount: number;
  /** Its events in their order; each call begins anew. */
  cutEvents(): Iterable<EventSlice>;
}

/** Beyond these the events of a body are not held in memory, and it is stored for itself. */
const fewBytes = 8 * 1024 * 1024;
const fewEvents = 5000;
/** Beyond this a body would keep the database busy for longer than any sender waits. */
const mostEvents = 1_000_000;
/** So many events of a body may be kept as rejected; no list of an apiserver has as many events. */
const mostRejected = 10_000;

/** Whether a body can be read at once for its size. */
export function isSmall(bytes: Buffer): boolean {
  return bytes.length <= fewBytes;
}

/**
 * Reads a body of few events.
 * @returns null when it holds more of them
 * @throws SnoopDbError `bad_body`
 */
export function receiveSmallBody(bytes: Buffer, sha256: Buffer): ReceivedBody | null {
  let events: EventSlice[];
  try {
    events = readEventList(bytes, fewEvents);
  } catch (error) {
    if (error instanceof SnoopDbError && error.code === 'too_many_events') return null;
    throw error;
  }
  return { bytes, sha256, eventCount: events.length, cutEvents: () => events };
}

/**
 * Reads a body of any size, in steps with room for other work between them.
 * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected`
 */
export async function receiveLargeBody(bytes: Buffer, sha256: Buffer): Promise<ReceivedBody> {
  const survey = await surveyInSteps(bytes);
  return { bytes, sha256, eventCount: survey.events, cutEvents: () => cutEvents(bytes, survey) };
}

async function surveyInSteps(bytes: Buffer): Promise<BodySurvey> {
  const surveying = surveyBody(bytes, mostEvents);
  let step = surveying.next();
  while (!step.done) {
    await nextTurn();
    step = surveying.next();
  }
  checkRejected(step.value.flawed);
  return step.value;
}

/** @throws SnoopDbError `too_many_rejected` when a body has so many events that cannot be stored */
export function checkRejected(events: number): void {
  if (events <= mostRejected) return;
  throw new SnoopDbError(
    'too_many_rejected',
    `More than ${mostRejected.toLocaleString('en')} events of the body cannot be stored, so none of its events are. Send the others without them, in several bodies.`,
  );
}

/**
 * Checks that a body can be stored some time: it is an EventList, or one Event.
 * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected`
 */
export async function checkBody(bytes: Buffer): Promise<void> {
  await surveyInSteps(bytes);
}
