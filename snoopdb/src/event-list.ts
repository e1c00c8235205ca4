import { isUtf8 } from 'node:buffer';
import { SnoopDbError } from './errors.ts';
import { type Flaw, JsonScanner } from './json-scanner.ts';
import { makeStorable } from './storable-text.ts';

/** One event within a body: where its bytes are, and the fields that are asked for. What it lacks is null. */
export interface EventSlice {
  /** First byte. */
  start: number;
  /** First byte after it. */
  end: number;
  auditId: string | null;
  stage: string | null;
  verb: string | null;
  requestUri: string | null;
  userAgent: string | null;
  /** responseStatus.code */
  code: number | null;
  /** Why it must not be offered to PostgreSQL; null when nothing speaks against it. */
  flaw: Flaw | null;
}

const openBrace = 0x7b;
const openBracket = 0x5b;

/**
 * Cuts the events out of a body: an EventList, or one Event. Their bytes are not touched, so that what is stored is
 * what was sent, large numbers included.
 * @throws SnoopDbError `bad_body` when the body is no JSON, or neither EventList nor Event of audit.k8s.io.
 */
export function readEventList(body: Buffer): EventSlice[] {
  const scanner = new JsonScanner(body);
  if (scanner.peek() !== openBrace) {
    scanner.skipValue();
    scanner.expectEnd();
    throw new SnoopDbError('bad_body', 'The body is no EventList and no Event: it is no JSON object.');
  }
  const start = scanner.position;
  let kind: string | null = null;
  let apiVersion: string | null = null;
  let items: EventSlice[] = [];
  let itemsAreAList = true;
  scanner.forEachMember(() => {
    switch (scanner.readString()) {
      case 'kind':
        kind = scanner.takeString();
        break;
      case 'apiVersion':
        apiVersion = scanner.takeString();
        break;
      case 'items':
        items = [];
        itemsAreAList = readItems(scanner, items);
        break;
      default:
        scanner.skipValue();
    }
  });
  const end = scanner.position;
  scanner.expectEnd();
  checkKind(kind, apiVersion);
  if (kind === 'Event') {
    const event = readEvent(new JsonScanner(body, start));
    return markBadText(body, [{ ...event, end }]);
  }
  if (!itemsAreAList) throw new SnoopDbError('bad_body', 'The EventList has no list of items.');
  return markBadText(body, items);
}

function markBadText(body: Buffer, events: EventSlice[]): EventSlice[] {
  if (isUtf8(body)) return events;
  for (const event of events) {
    if (!isUtf8(body.subarray(event.start, event.end)))
      event.flaw ??= { reason: 'bytes that are no UTF-8', sqlstate: '22021' };
  }
  return events;
}

function checkKind(kind: string | null, apiVersion: string | null): void {
  if (kind !== 'EventList' && kind !== 'Event') {
    throw new SnoopDbError(
      'bad_body',
      `The body is no EventList and no Event: its kind is ${kind === null ? 'missing' : JSON.stringify(kind.slice(0, 80))}.`,
    );
  }
  if (apiVersion !== null && !apiVersion.startsWith('audit.k8s.io/')) {
    throw new SnoopDbError(
      'bad_body',
      `The ${kind} is of ${JSON.stringify(apiVersion.slice(0, 80))}, not of audit.k8s.io/v1.`,
    );
  }
}

/** Go writes an empty list as null. */
function readItems(scanner: JsonScanner, items: EventSlice[]): boolean {
  if (scanner.peek() === openBracket) {
    scanner.forEachElement(() => {
      items.push(readEvent(scanner));
    });
    return true;
  }
  const isNull = scanner.peek() === 0x6e;
  scanner.skipValue();
  return isNull;
}

function readEvent(scanner: JsonScanner): EventSlice {
  const event: EventSlice = {
    start: scanner.position,
    end: 0,
    auditId: null,
    stage: null,
    verb: null,
    requestUri: null,
    userAgent: null,
    code: null,
    flaw: null,
  };
  scanner.flaw = null;
  if (scanner.peek() === openBrace) scanner.forEachMember(() => readMember(scanner, event));
  else {
    scanner.skipValue();
    scanner.flaw = { reason: 'not an object', sqlstate: null };
  }
  event.flaw = scanner.flaw;
  if (event.flaw) makeFieldsStorable(event);
  event.end = scanner.position;
  return event;
}

/** Such an event goes to quarantine, and what could be read of it with it. */
function makeFieldsStorable(event: EventSlice): void {
  for (const field of ['auditId', 'stage', 'verb', 'requestUri', 'userAgent'] as const) {
    const text = event[field];
    if (text !== null) event[field] = makeStorable(text);
  }
}

function readMember(scanner: JsonScanner, event: EventSlice): void {
  // Few keys matter; their lengths spare making a string of the others.
  const length = scanner.stringBytes;
  const mayMatter = length === 4 || length === 5 || length === 7 || length === 9 || length === 10 || length === 14;
  switch (mayMatter || scanner.stringHasEscapes ? scanner.readString() : '') {
    case 'auditID':
      event.auditId = scanner.takeString();
      break;
    case 'stage':
      event.stage = scanner.takeString();
      break;
    case 'verb':
      event.verb = scanner.takeString();
      break;
    case 'requestURI':
      event.requestUri = scanner.takeString();
      break;
    case 'userAgent':
      event.userAgent = scanner.takeString();
      break;
    case 'responseStatus':
      event.code = readCode(scanner);
      break;
    default:
      scanner.skipValue();
  }
}

function readCode(scanner: JsonScanner): number | null {
  if (scanner.peek() !== openBrace) {
    scanner.skipValue();
    return null;
  }
  let code: number | null = null;
  scanner.forEachMember(() => {
    if (scanner.readString() === 'code') code = scanner.takeNumber();
    else scanner.skipValue();
  });
  return code !== null && Number.isInteger(code) && code > 0 && code < 1000 ? code : null;
}
