import { isUtf8 } from 'node:buffer';
import { SnoopDbError } from '../errors.ts';
import { makeStorable } from '../storable-text.ts';
import { readServerTime, readTime } from './event-time.ts';
import { type Flaw, JsonScanner } from './json-scanner.ts';
import { KnownWords } from './known-words.ts';

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
  /** Where the requestObject begins; null: there is none, as at level Metadata. */
  requestObjectAt: number | null;
  /** requestReceivedTimestamp, or the `timestamp` of v1beta1, in microseconds since 1970; null when it cannot be read. */
  requestedAt: number | null;
  /** stageTimestamp, likewise. */
  stagedAt: number | null;
  /** Why it must not be offered to PostgreSQL; null when nothing speaks against it. */
  flaw: Flaw | null;
}

/** What a body says it is, and the events in it. */
export interface Document {
  kind: string | null | undefined;
  apiVersion: string | null | undefined;
  /** Itself read as an event. */
  event: EventSlice;
  /** Null: they are no list; undefined: there are none. */
  items: EventSlice[] | null | undefined;
  /** A key that says what the document is or holds and stands in it twice; null: there is none. */
  repeatedKey: string | null;
  mostEvents: number;
  /** Whether it is a value of a log: its items are stepped over then, to be read one by one. */
  isLogged: boolean;
  /** Of such a value: where its list of items begins; null: there is none. */
  itemsAt: number | null;
  /** Of such a value: whether it has a key that can hold a list of records or events. */
  mayHoldList: boolean;
}

export const openBrace = 0x7b;
export const openBracket = 0x5b;
export const quote = 0x22;

/**
 * So many bytes of a field are read, as it is written in JSON; an event with a longer one is rejected. An API server
 * takes no URI of more than 1 MiB (Go's http.DefaultMaxHeaderBytes), in which it writes `&` as six bytes, and cuts agents
 * at 1024. Two such texts in memory are less than what Node collects soon; larger ones pile up.
 */
const longestUri = 2 * 1024 * 1024;
const longestField = 128 * 1024;
/** A key or a time with an escape for each of its characters. */
const longestKey = 6 * 'requestReceivedTimestamp'.length;
const longestTime = 6 * 40;

/**
 * Cuts the events out of a body: an EventList, or one Event. Their bytes are not touched, so that what is stored is
 * what was sent, large numbers included.
 * @throws SnoopDbError `bad_body` when the body is no JSON, or neither EventList nor Event of audit.k8s.io;
 *   `too_many_events` as soon as there are more than `mostEvents`.
 */
export function readEventList(body: Buffer, mostEvents = Number.POSITIVE_INFINITY): EventSlice[] {
  const scanner = new JsonScanner(body);
  expectObject(scanner);
  const document = readDocument(scanner, mostEvents);
  scanner.expectEnd();
  const { event, items } = document;
  return markRefused(body, checkKind(document) === 'Event' ? [event] : (items ?? []));
}

export function expectObject(scanner: JsonScanner): void {
  if (scanner.peek() === openBrace) return;
  scanner.skipValue();
  scanner.expectEnd();
  throw new SnoopDbError('bad_body', 'The body is no EventList and no Event: it is no JSON object.');
}

export function checkKind({ kind, apiVersion, items, repeatedKey }: Document): 'EventList' | 'Event' {
  // Of two lists one would be lost, and readers differ in which of two values counts.
  if (repeatedKey !== null) throw new SnoopDbError('bad_body', `The body has the key "${repeatedKey}" twice.`);
  if (kind !== 'EventList' && kind !== 'Event') {
    const found = typeof kind === 'string' ? JSON.stringify(kind.slice(0, 80)) : 'missing';
    throw new SnoopDbError('bad_body', `The body is no EventList and no Event: its kind is ${found}.`);
  }
  if (typeof apiVersion === 'string' && !isAuditVersion(apiVersion)) {
    throw new SnoopDbError(
      'bad_body',
      `The ${kind} is of ${JSON.stringify(apiVersion.slice(0, 80))}, not of audit.k8s.io/v1.`,
    );
  }
  // Keys are taken as they are written. Go's encoding/json would take `Items` for `items` as well; Kubernetes' own reader
  // of its API objects (sigs.k8s.io/json) does not, and its writer always writes `items`. To take a list that names its
  // events otherwise for an empty one would be to say that they are stored.
  if (kind === 'EventList' && !items) throw new SnoopDbError('bad_body', 'The EventList has no list of "items".');
  return kind;
}

export function failTooMany(most: number): never {
  throw new SnoopDbError(
    'too_many_events',
    `The body holds more than ${most.toLocaleString('en')} events: send them in several bodies.`,
  );
}

/** What a value of an audit log is. */
export interface LoggedValue {
  /** Itself read as an event; when it is none its flaw says so. */
  event: EventSlice;
  /** Where the list of an EventList begins; null: it has none. */
  itemsAt: number | null;
  /** Whether it has a key that can hold a list of records or events. */
  mayHoldList: boolean;
  /** Why it is neither EventList nor Event; null: it is one of them. */
  foreign: string | null;
  /** What it says it is; undefined: nothing, as events that some programs write. */
  kind: string | null | undefined;
}

/** Steps over a value of an audit log. The items of an EventList are values of the log themselves. */
export function readLoggedValue(scanner: JsonScanner): LoggedValue {
  const document = { ...createDocument(0), isLogged: true };
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

/** Why a value is neither EventList nor Event. Some programs write events without kind and apiVersion. */
function findForeign({ event, kind, apiVersion, items, repeatedKey }: Document): string | null {
  if (repeatedKey !== null) return `the key "${repeatedKey}" stands there twice`;
  if (kind === null || (typeof kind === 'string' && kind !== 'Event' && kind !== 'EventList')) {
    return `no audit event: its kind is ${kind === null ? 'no text' : JSON.stringify(makeStorable(kind.slice(0, 80)))}`;
  }
  if (apiVersion === null || (typeof apiVersion === 'string' && !isAuditVersion(apiVersion))) {
    const found = apiVersion === null ? 'no text' : JSON.stringify(makeStorable(apiVersion.slice(0, 80)));
    return `no audit event: its apiVersion is ${found}`;
  }
  if (kind === 'EventList') return items ? null : 'an EventList without a list of items';
  if (event.auditId === null && event.requestUri === null && event.stage === null) {
    return 'no audit event: it has no auditID, no stage and no requestURI';
  }
  return null;
}

/** Whether it is the API version of audit events. */
export function isAuditVersion(apiVersion: string): boolean {
  return apiVersion.startsWith('audit.k8s.io/');
}

/** Bytes within strings that no text can be. */
const badText: Flaw = { reason: 'bytes that are no UTF-8', sqlstate: '22021' };

/** Marks those of these events, in their order, whose bytes are no UTF-8. */
export function markBadText(body: Buffer, events: readonly EventSlice[]): void {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last || isUtf8(body.subarray(first.start, last.end))) return;
  for (const event of events) {
    if (!isUtf8(body.subarray(event.start, event.end))) event.flaw ??= badText;
  }
}

/** Marks what a table of live events refuses: asking PostgreSQL about many of them would take long. */
export function markRefused(body: Buffer, events: EventSlice[]): EventSlice[] {
  markBadText(body, events);
  for (const event of events) {
    // The tables have indexes for these agents only; an API server cuts agents at 1024 bytes and ids at 64.
    if (event.userAgent === null || !event.userAgent.startsWith('live')) continue;
    if (isLonger(event.userAgent, longestLiveAgent)) event.flaw ??= longAgent;
    else if (event.auditId !== null && isLonger(event.auditId, longestLiveAuditId)) event.flaw ??= longAuditId;
  }
  return events;
}

/** Bytes that fit into a row of an index whatever is beside them, which has 2704 at most. */
const longestLiveAgent = 2048;
const longestLiveAuditId = 1024;
const longAgent: Flaw = { reason: `a user agent of more than ${longestLiveAgent} bytes`, sqlstate: '54000' };
const longAuditId: Flaw = { reason: `an auditID of more than ${longestLiveAuditId} bytes`, sqlstate: '54000' };

function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function readDocument(scanner: JsonScanner, mostEvents: number): Document {
  const document = createDocument(mostEvents);
  readObject(scanner, document.event, document);
  return document;
}

export function createDocument(mostEvents: number): Document {
  const event = createSlice();
  const [kind, apiVersion, items] = [undefined, undefined, undefined];
  const [itemsAt, repeatedKey] = [null, null];
  return { kind, apiVersion, event, items, repeatedKey, mostEvents, isLogged: false, itemsAt, mayHoldList: false };
}

export function readEvent(scanner: JsonScanner): EventSlice {
  const event = createSlice();
  readObject(scanner, event, null);
  return event;
}

/** A slice of which nothing is known. */
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

function readObject(scanner: JsonScanner, event: EventSlice, document: Document | null): void {
  beginEvent(scanner, event);
  if (scanner.peek() !== openBrace) scanner.skipValue();
  else {
    scanner.forEachMember(() => readMember(scanner, event, document));
  }
  finishEvent(scanner, event);
}

export function beginEvent(scanner: JsonScanner, event = createSlice()): EventSlice {
  const isObject = scanner.peek() === openBrace;
  event.start = scanner.position;
  scanner.forgetFlaw();
  if (!isObject) scanner.flaw = { reason: 'not an object', sqlstate: null };
  return event;
}

export function finishEvent(scanner: JsonScanner, event: EventSlice): EventSlice {
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

/** The keys of lists of records: Azure's event hubs, CloudWatch's answers, and its subscriptions. */
export const recordListKeys = ['records', 'events', 'logEvents'] as const;

/** Few keys matter, and no string is made of the others. */
export const keys = new KnownWords([
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
export const codeKey = new KnownWords(['code']);
const words = new KnownWords();
const agents = new KnownWords();

export function readKey(scanner: JsonScanner, known: KnownWords): string | undefined {
  if (!scanner.stringHasEscapes) return scanner.findString(known);
  return scanner.stringBytes > longestKey ? undefined : scanner.readString(longestKey);
}

function readMember(scanner: JsonScanner, event: EventSlice, document: Document | null): void {
  const key = readKey(scanner, keys);
  if (key === 'responseStatus') event.code = readCode(scanner);
  else if (key === 'items' && document) readItems(scanner, document);
  else {
    const isText = scanner.peek() === quote;
    if (key === 'requestObject') event.requestObjectAt = scanner.position;
    scanner.skipValue();
    noteMember(key, scanner, isText, event, document ?? undefined);
  }
}

/** Keeps what is asked for, of a member whose value was just stepped over. */
export function noteMember(
  key: string | undefined,
  scanner: JsonScanner,
  isText: boolean,
  event: EventSlice,
  document: Document | undefined,
): void {
  switch (key) {
    case 'auditID':
      event.auditId = isText ? scanner.readText(longestField) : null;
      break;
    case 'stage':
      event.stage = isText ? scanner.readFrequent(words, longestField) : null;
      break;
    case 'verb':
      event.verb = isText ? scanner.readFrequent(words, longestField) : null;
      break;
    case 'requestURI':
      event.requestUri = isText ? scanner.readText(longestUri) : null;
      break;
    case 'userAgent':
      event.userAgent = isText ? scanner.readFrequent(agents, longestField) : null;
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
      document.kind = isText ? scanner.readFrequent(words, longestField) : null;
      break;
    case 'apiVersion':
      if (!document) break;
      if (document.apiVersion !== undefined) document.repeatedKey ??= key;
      document.apiVersion = isText ? scanner.readFrequent(words, longestField) : null;
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
  const time = scanner.readBytes(readServerTime, readTime, longestTime);
  if (!Number.isNaN(time)) return time;
  scanner.flaw ??= inexactTime;
  return null;
}

/** Go writes an empty list as null. */
function readItems(scanner: JsonScanner, document: Document): void {
  // A flaw of an item is a flaw of what holds it, should that turn out to be an event.
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
        if (items.length > document.mostEvents) failTooMany(document.mostEvents);
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
