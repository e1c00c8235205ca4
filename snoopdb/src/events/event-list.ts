import { isUtf8 } from 'node:buffer';
import { SnoopDbError } from '../errors.ts';
import { toStorableText } from '../storable-text.ts';
import { readServerTime, readTime } from './event-time.ts';
import { type Flaw, JsonScanner } from './json-scanner.ts';
import { StringCache } from './string-cache.ts';

/** One event within a body: the position of its bytes, and the fields that are needed; missing ones are null. */
export interface EventSlice {
  start: number;
  /** Exclusive. */
  end: number;
  auditId: string | null;
  stage: string | null;
  verb: string | null;
  requestUri: string | null;
  userAgent: string | null;
  /** responseStatus.code */
  code: number | null;
  /** The start of the requestObject; null if there is none, as at level Metadata. */
  requestObjectAt: number | null;
  /** requestReceivedTimestamp, or the `timestamp` of v1beta1, in microseconds since 1970; null if unreadable. */
  requestedAt: number | null;
  stagedAt: number | null;
  /** Why it is rejected; null: it may be stored. */
  flaw: Flaw | null;
}

/** The outermost object of a body or of a log's value, and the events in it. */
export interface RootObject {
  kind: string | null | undefined;
  apiVersion: string | null | undefined;
  /** The object read as an event. */
  event: EventSlice;
  /** Null: not a list; undefined: missing. */
  items: EventSlice[] | null | undefined;
  /** A repeated key that decides what the object is or holds; null if there is none. */
  repeatedKey: string | null;
  maxEvents: number;
  /** Whether it is a value of a log: its items are skipped, to be read one by one. */
  isLogged: boolean;
  /** Of a log's value: the start of its list of items; null if there is none. */
  itemsAt: number | null;
  /** Of a log's value: whether a key can hold a list of records or events. */
  mayHoldList: boolean;
}

export const openBrace = 0x7b;
export const openBracket = 0x5b;
export const quote = 0x22;

/**
 * Limits of a field as written in JSON; an event with a longer one is rejected. An API server accepts no URI above 1
 * MiB (Go's http.DefaultMaxHeaderBytes), writes `&` in it as six bytes, and truncates agents at 1024. Node's
 * garbage collector keeps up with two such texts; longer ones pile up.
 */
const maxUriBytes = 2 * 1024 * 1024;
const maxFieldBytes = 128 * 1024;
/** With an escape for each character. */
const maxKeyBytes = 6 * 'requestReceivedTimestamp'.length;
const maxTimeBytes = 6 * 40;

/**
 * Finds the events of a body: an EventList, or one Event. Their bytes are stored as sent, large numbers included.
 * @throws SnoopDbError `bad_body` if the body is neither EventList nor Event of audit.k8s.io; `too_many_events` as soon
 *   as there are more than `maxEvents`
 */
export function readEventList(body: Buffer, maxEvents = Number.POSITIVE_INFINITY): EventSlice[] {
  const scanner = new JsonScanner(body);
  expectObject(scanner);
  const document = readRootObject(scanner, maxEvents);
  scanner.expectEnd();
  const { event, items } = document;
  return markUnstorable(body, checkKind(document) === 'Event' ? [event] : (items ?? []));
}

export function expectObject(scanner: JsonScanner): void {
  if (scanner.peek() === openBrace) return;
  scanner.skipValue();
  scanner.expectEnd();
  throw new SnoopDbError('bad_body', 'The body is neither an EventList nor an Event: it is not a JSON object.');
}

export function checkKind({ kind, apiVersion, items, repeatedKey }: RootObject): 'EventList' | 'Event' {
  // One of two lists would be lost, and readers disagree about which of two values counts.
  if (repeatedKey !== null) throw new SnoopDbError('bad_body', `The body has the key "${repeatedKey}" twice.`);
  if (kind !== 'EventList' && kind !== 'Event') {
    const found = typeof kind === 'string' ? JSON.stringify(kind.slice(0, 80)) : 'missing';
    throw new SnoopDbError('bad_body', `The body is neither an EventList nor an Event: its kind is ${found}.`);
  }
  if (typeof apiVersion === 'string' && !isAuditVersion(apiVersion)) {
    throw new SnoopDbError(
      'bad_body',
      `The ${kind} is of ${JSON.stringify(apiVersion.slice(0, 80))}, not of audit.k8s.io/v1.`,
    );
  }
  // Keys are case-sensitive. Go's encoding/json would accept `Items` for `items`; Kubernetes' reader of API objects
  // (sigs.k8s.io/json) does not, and its writer always writes `items`. Accepting such a list as empty would acknowledge
  // events that are not stored.
  if (kind === 'EventList' && !items) throw new SnoopDbError('bad_body', 'The EventList has no list of "items".');
  return kind;
}

export function failTooManyEvents(max: number): never {
  throw new SnoopDbError(
    'too_many_events',
    `The body has more than ${max.toLocaleString('en')} events. Send them in several bodies.`,
  );
}

export interface LoggedValue {
  /** The value read as an event; its flaw says if it is not one. */
  event: EventSlice;
  /** Where the list of an EventList begins; null: it has none. */
  itemsAt: number | null;
  /** Whether a key can hold a list of records or events. */
  mayHoldList: boolean;
  /** Why it is neither EventList nor Event; otherwise null. */
  foreign: string | null;
  /** Its kind; undefined if missing, as in events of some programs. */
  kind: string | null | undefined;
}

/** Reads a value of an audit log. The items of an EventList are values of the log themselves. */
export function readLoggedValue(scanner: JsonScanner): LoggedValue {
  const document = { ...createRootObject(0), isLogged: true };
  readObject(scanner, document.event, document);
  const { event, kind, mayHoldList } = document;
  const foreign = findForeign(document);
  const itemsAt = kind === 'EventList' ? document.itemsAt : null;
  if (foreign !== null) {
    event.flaw ??= { reason: foreign, sqlstate: null };
    makeFieldsStorable(event);
  }
  return { event, itemsAt, mayHoldList, foreign, kind };
}

/** Why a value is neither EventList nor Event. Some programs omit kind and apiVersion. */
function findForeign({ event, kind, apiVersion, items, repeatedKey }: RootObject): string | null {
  if (repeatedKey !== null) return `it has the key "${repeatedKey}" twice`;
  if (kind === null || (typeof kind === 'string' && kind !== 'Event' && kind !== 'EventList')) {
    return `not an audit event: its kind is ${kind === null ? 'not a string' : JSON.stringify(toStorableText(kind.slice(0, 80)))}`;
  }
  if (apiVersion === null || (typeof apiVersion === 'string' && !isAuditVersion(apiVersion))) {
    const found = apiVersion === null ? 'not a string' : JSON.stringify(toStorableText(apiVersion.slice(0, 80)));
    return `not an audit event: its apiVersion is ${found}`;
  }
  if (kind === 'EventList') return items ? null : 'an EventList without a list of items';
  if (event.auditId === null && event.requestUri === null && event.stage === null) {
    return 'not an audit event: it has no auditID, stage and requestURI';
  }
  return null;
}

export function isAuditVersion(apiVersion: string): boolean {
  return apiVersion.startsWith('audit.k8s.io/');
}

const badText: Flaw = { reason: 'bytes that are not UTF-8', sqlstate: '22021' };

/** Marks those of these consecutive events whose bytes are not UTF-8. */
export function markBadText(body: Buffer, events: readonly EventSlice[]): void {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last || isUtf8(body.subarray(first.start, last.end))) return;
  for (const event of events) {
    if (!isUtf8(body.subarray(event.start, event.end))) event.flaw ??= badText;
  }
}

/** Marks events that PostgreSQL would refuse: finding many of them by trying would take long. */
export function markUnstorable(body: Buffer, events: EventSlice[]): EventSlice[] {
  markBadText(body, events);
  for (const event of events) {
    // Only these agents are indexed; an API server truncates agents at 1024 bytes and ids at 64.
    if (event.userAgent === null || !event.userAgent.startsWith('live')) continue;
    if (isLonger(event.userAgent, maxLiveAgentBytes)) event.flaw ??= longAgent;
    else if (event.auditId !== null && isLonger(event.auditId, maxLiveAuditIdBytes)) event.flaw ??= longAuditId;
  }
  return events;
}

/** Both fit into an index row (2704 bytes) with any other column. */
const maxLiveAgentBytes = 2048;
const maxLiveAuditIdBytes = 1024;
const longAgent: Flaw = { reason: `a user agent of more than ${maxLiveAgentBytes} bytes`, sqlstate: '54000' };
const longAuditId: Flaw = { reason: `an auditID of more than ${maxLiveAuditIdBytes} bytes`, sqlstate: '54000' };

function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function readRootObject(scanner: JsonScanner, maxEvents: number): RootObject {
  const document = createRootObject(maxEvents);
  readObject(scanner, document.event, document);
  return document;
}

export function createRootObject(maxEvents: number): RootObject {
  const event = createSlice();
  const [kind, apiVersion, items] = [undefined, undefined, undefined];
  const [itemsAt, repeatedKey] = [null, null];
  return { kind, apiVersion, event, items, repeatedKey, maxEvents, isLogged: false, itemsAt, mayHoldList: false };
}

export function readEvent(scanner: JsonScanner): EventSlice {
  const event = createSlice();
  readObject(scanner, event, null);
  return event;
}

export function createSlice(): EventSlice {
  return {
    start: 0,
    end: 0,
    auditId: null,
    stage: null,
    verb: null,
    requestUri: null,
    userAgent: null,
    code: null,
    requestObjectAt: null,
    requestedAt: null,
    stagedAt: null,
    flaw: null,
  };
}

function readObject(scanner: JsonScanner, event: EventSlice, document: RootObject | null): void {
  startEvent(scanner, event);
  if (scanner.peek() !== openBrace) scanner.skipValue();
  else {
    scanner.forEachMember(() => readMember(scanner, event, document));
  }
  finishEvent(scanner, event);
}

export function startEvent(scanner: JsonScanner, event = createSlice()): EventSlice {
  const isObject = scanner.peek() === openBrace;
  event.start = scanner.position;
  scanner.clearFlaw();
  if (!isObject) scanner.flaw = { reason: 'not an object', sqlstate: null };
  return event;
}

export function finishEvent(scanner: JsonScanner, event: EventSlice): EventSlice {
  event.flaw = scanner.flaw;
  if (event.flaw) makeFieldsStorable(event);
  event.end = scanner.position;
  return event;
}

/** The event is rejected, and its readable fields are stored with it. */
function makeFieldsStorable(event: EventSlice): void {
  for (const field of ['auditId', 'stage', 'verb', 'requestUri', 'userAgent'] as const) {
    const text = event[field];
    if (text !== null) event[field] = toStorableText(text);
  }
}

/** The keys of lists of records: Azure's event hubs, CloudWatch's answers and subscriptions. */
export const recordListKeys = ['records', 'events', 'logEvents'] as const;

/** Only these keys matter; no strings are created for others. */
export const eventKeys = new StringCache([
  'auditID',
  'stage',
  'verb',
  'requestURI',
  'userAgent',
  'responseStatus',
  'requestObject',
  'requestReceivedTimestamp',
  'stageTimestamp',
  'timestamp',
  'kind',
  'apiVersion',
  'items',
  ...recordListKeys,
]);
export const codeKey = new StringCache(['code']);
const words = new StringCache();
const agents = new StringCache();

export function readKey(scanner: JsonScanner, known: StringCache): string | undefined {
  if (!scanner.stringHasEscapes) return scanner.findCached(known);
  return scanner.stringBytes > maxKeyBytes ? undefined : scanner.readString(maxKeyBytes);
}

function readMember(scanner: JsonScanner, event: EventSlice, document: RootObject | null): void {
  const key = readKey(scanner, eventKeys);
  if (key === 'responseStatus') event.code = readCode(scanner);
  else if (key === 'items' && document) readItems(scanner, document);
  else {
    const isText = scanner.peek() === quote;
    if (key === 'requestObject') event.requestObjectAt = scanner.position;
    scanner.skipValue();
    storeMember(key, scanner, isText, event, document ?? undefined);
  }
}

/** Stores a member whose value was just skipped, if it is needed. */
export function storeMember(
  key: string | undefined,
  scanner: JsonScanner,
  isText: boolean,
  event: EventSlice,
  document: RootObject | undefined,
): void {
  switch (key) {
    case 'auditID':
      event.auditId = isText ? scanner.readText(maxFieldBytes) : null;
      break;
    case 'stage':
      event.stage = isText ? scanner.readCached(words, maxFieldBytes) : null;
      break;
    case 'verb':
      event.verb = isText ? scanner.readCached(words, maxFieldBytes) : null;
      break;
    case 'requestURI':
      event.requestUri = isText ? scanner.readText(maxUriBytes) : null;
      break;
    case 'userAgent':
      event.userAgent = isText ? scanner.readCached(agents, maxFieldBytes) : null;
      break;
    case 'requestReceivedTimestamp':
    case 'timestamp':
      event.requestedAt = (isText ? readEventTime(scanner) : null) ?? event.requestedAt;
      break;
    case 'stageTimestamp':
      event.stagedAt = (isText ? readEventTime(scanner) : null) ?? event.stagedAt;
      break;
    case 'kind':
      if (!document) break;
      if (document.kind !== undefined) document.repeatedKey ??= key;
      document.kind = isText ? scanner.readCached(words, maxFieldBytes) : null;
      break;
    case 'apiVersion':
      if (!document) break;
      if (document.apiVersion !== undefined) document.repeatedKey ??= key;
      document.apiVersion = isText ? scanner.readCached(words, maxFieldBytes) : null;
      break;
    case 'records':
    case 'events':
    case 'logEvents':
      if (document && !isText) document.mayHoldList = true;
      break;
    default:
  }
}

const inexactTime: Flaw = { reason: 'a time that cannot be kept to the microsecond', sqlstate: null };

function readEventTime(scanner: JsonScanner): number | null {
  const time = scanner.readBytes(readServerTime, readTime, maxTimeBytes);
  if (!Number.isNaN(time)) return time;
  scanner.flaw ??= inexactTime;
  return null;
}

/** Go writes an empty list as null. */
function readItems(scanner: JsonScanner, document: RootObject): void {
  // A flaw of an item is also one of the object that holds it, if that is an event.
  let flaw = scanner.flaw;
  if (document.items !== undefined) document.repeatedKey ??= 'items';
  const items: EventSlice[] = [];
  document.items = items;
  if (scanner.peek() === openBracket && document.isLogged) {
    document.itemsAt = scanner.position;
    document.mayHoldList = true;
    scanner.skipValue();
    return;
  }
  if (scanner.peek() === openBracket) {
    if (scanner.enterArray()) {
      do {
        const item = readEvent(scanner);
        flaw ??= item.flaw;
        items.push(item);
        if (items.length > document.maxEvents) failTooManyEvents(document.maxEvents);
      } while (scanner.enterNextElement());
    }
    scanner.flaw = flaw;
    return;
  }
  if (scanner.peek() !== 0x6e) document.items = null;
  scanner.skipValue();
}

function readCode(scanner: JsonScanner): number | null {
  let code: number | null = null;
  if (scanner.peek() !== openBrace) scanner.skipValue();
  else {
    scanner.forEachMember(() => {
      const isCode = readKey(scanner, codeKey) === 'code';
      scanner.peek();
      const { position } = scanner;
      scanner.skipValue();
      if (isCode) code = scanner.readNumber(position);
    });
  }
  return checkCode(code);
}

export function checkCode(code: number | null): number | null {
  return code !== null && Number.isInteger(code) && code > 0 && code < 1000 ? code : null;
}
