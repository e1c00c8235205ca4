/** Large bodies: read in steps, with room for other work between them, and without keeping their events. */
import {
  openBrace,
  openBracket,
  quote,
  expectObject,
  checkKind,
  failTooManyEvents,
  markUnstorable,
  createRootObject,
  readEvent,
  startEvent,
  finishEvent,
  eventKeys,
  codeKey,
  readKey,
  storeMember,
  checkCode,
  type RootObject,
  type EventSlice,
} from './event-list.ts';
import { JsonScanner } from './json-scanner.ts';

/** The result of surveying a body that is too large to hold all its events. */
export interface BodySurvey {
  kind: 'EventList' | 'Event';
  events: number;
  /** Events that must not be offered to PostgreSQL. */
  flawed: number;
  /** The start of an EventList's items; null if it has none. */
  itemsAt: number | null;
  /** Large events, which are not read twice while their fields are few: of a list, or the Event itself. */
  largeEvents: EventSlice[];
}

/** Bytes of a step. */
const stepBytes = 512 * 1024;
const largeEventBytes = 1024 * 1024;
/** Limit for the fields of all large events together. */
const maxHeldCharacters = 4 * 1024 * 1024;

/**
 * Reads a whole body like {@link readEventList}, but keeps no events and yields between steps.
 * @throws as readEventList does
 */
export function* surveyBody(body: Buffer, maxEvents: number): Generator<undefined, BodySurvey> {
  const scanner = new JsonScanner(body);
  expectObject(scanner);
  const document = createRootObject(maxEvents);
  const survey: BodySurvey = { kind: 'EventList', events: 0, flawed: 0, itemsAt: null, largeEvents: [] };
  const { event } = document;
  event.start = scanner.position;
  yield* readMembersInSteps(scanner, event, { document, survey });
  finishEvent(scanner, event);
  scanner.expectEnd();
  survey.kind = checkKind(document);
  if (survey.kind === 'EventList') return survey;
  markUnstorable(body, [event]);
  const flawed = event.flaw === null ? 0 : 1;
  return { kind: 'Event', events: 1, flawed, itemsAt: null, largeEvents: [event] };
}

function* surveyItems(scanner: JsonScanner, document: RootObject, survey: BodySurvey): Generator<undefined, void> {
  let flaw = scanner.flaw;
  if (document.items !== undefined) document.repeatedKey ??= 'items';
  survey.itemsAt = scanner.peek() === openBracket ? scanner.position : null;
  survey.events = 0;
  survey.flawed = 0;
  survey.largeEvents = [];
  document.items = survey.itemsAt !== null || scanner.peek() === 0x6e ? [] : null;
  if (survey.itemsAt === null) {
    yield* skipInSteps(scanner);
    return;
  }
  if (scanner.enterArray()) {
    let restedAt = scanner.position;
    let held = 0;
    do {
      const item = yield* readEventInSteps(scanner);
      flaw ??= item.flaw;
      survey.events += 1;
      markUnstorable(scanner.bytes, [item]);
      if (item.flaw !== null) survey.flawed += 1;
      if (survey.events > document.maxEvents) failTooManyEvents(document.maxEvents);
      if (item.end - item.start > largeEventBytes && held < maxHeldCharacters) {
        survey.largeEvents.push(item);
        held += countCharacters(item);
      }
      if (scanner.position - restedAt < stepBytes) continue;
      restedAt = scanner.position;
      yield;
    } while (scanner.enterNextElement());
  }
  scanner.flaw = flaw;
}

function* readEventInSteps(scanner: JsonScanner): Generator<undefined, EventSlice> {
  const event = startEvent(scanner);
  if (scanner.peek() !== openBrace) yield* skipInSteps(scanner);
  else yield* readMembersInSteps(scanner, event, null);
  return finishEvent(scanner, event);
}

function countCharacters({ auditId, stage, verb, requestUri, userAgent }: EventSlice): number {
  return [auditId, stage, verb, requestUri, userAgent].reduce((sum, field) => sum + (field?.length ?? 0), 0);
}

/** @param whole the object that holds the events; null if it is one of them */
function* readMembersInSteps(
  scanner: JsonScanner,
  event: EventSlice,
  whole: { document: RootObject; survey: BodySurvey } | null,
): Generator<undefined, void> {
  if (!scanner.enterObject()) return;
  do {
    const key = readKey(scanner, eventKeys);
    if (key === 'responseStatus') event.code = yield* readCodeInSteps(scanner);
    else if (key === 'items' && whole) yield* surveyItems(scanner, whole.document, whole.survey);
    else {
      const isText = scanner.peek() === quote;
      if (key === 'requestObject') event.requestObjectAt = scanner.position;
      // Not skipInSteps: there are millions of members, mostly small.
      const { depth } = scanner;
      while (!scanner.skipWithin(depth, stepBytes)) yield;
      storeMember(key, scanner, isText, event, whole?.document);
    }
  } while (scanner.enterNextMember());
}

function* readCodeInSteps(scanner: JsonScanner): Generator<undefined, number | null> {
  let code: number | null = null;
  if (scanner.peek() !== openBrace) yield* skipInSteps(scanner);
  else if (scanner.enterObject()) {
    do {
      const isCode = readKey(scanner, codeKey) === 'code';
      scanner.peek();
      const { depth, position } = scanner;
      while (!scanner.skipWithin(depth, stepBytes)) yield;
      if (isCode) code = scanner.readNumber(position);
    } while (scanner.enterNextMember());
  }
  return checkCode(code);
}

function* skipInSteps(scanner: JsonScanner): Generator<undefined, void> {
  const { depth } = scanner;
  while (!scanner.skipWithin(depth, stepBytes)) yield;
}

/** The events of a surveyed body, one by one. */
export function* sliceEvents(body: Buffer, { kind, itemsAt, largeEvents }: BodySurvey): Generator<EventSlice> {
  if (kind === 'Event') {
    yield* largeEvents;
    return;
  }
  const scanner = new JsonScanner(body, itemsAt ?? body.length);
  if (itemsAt === null || !scanner.enterArray()) return;
  let nextLarge = 0;
  do {
    scanner.peek();
    const large = largeEvents[nextLarge];
    const isLarge = large?.start === scanner.position;
    const event = isLarge ? large : readEvent(scanner);
    if (isLarge) {
      scanner.position = large.end;
      nextLarge += 1;
    }
    if (!isLarge) markUnstorable(body, [event]);
    yield event;
  } while (scanner.enterNextElement());
}
