import { type LoggedValue, readLoggedValue } from '../../events/event-list.ts';
import { JsonScanner } from '../../events/json-scanner.ts';
import { openBrace, openBracket, quote } from './log-bytes.ts';
import {
  createReject,
  finishGroup,
  type Groups,
  joinShapes,
  type LoggedEvent,
  type Place,
  shapes,
} from './logged-event.ts';
import { type FoundRecord, findRecord, looksLikeLog, readString } from './record.ts';
import type { Streams, UnwrappedText } from './streams.ts';

/** The limit for events in a group. */
export const maxGroupEvents = 4000;
/** The limit for logs in logs, and for lists in lists. */
export const maxDepth = 5;
const minRecordBytes = '{"log":"x"}'.length;

/**
 * Reads what the values of a log wrap: a text, an event, a list.
 * @param shape what the log is wrapped in; empty: nothing
 * @param depth how many logs it is nested in
 * @param streams read the texts
 */
export function createRecordReader(shape: string, depth: number, streams: Streams) {
  const eventShape = joinShapes(shape, shapes.event);
  const listShape = joinShapes(shape, shapes.list);

  /** Finds what an object wraps, if it is not surely an event itself. */
  function findInValue(
    block: Buffer,
    start: number,
    end: number,
    value: LoggedValue,
    level: number,
  ): FoundRecord | null {
    if (level >= maxDepth || depth >= maxDepth || end - start < minRecordBytes) return null;
    return findRecord(block, { start, end }, value.foreign !== null);
  }

  /** Describes an object that wraps nothing: an incomplete event, or not an event. */
  function describeRest(body: Buffer, { event, foreign }: LoggedValue, place: Place, itemShape: string): LoggedEvent {
    // In a text that was cut, what looks like an incomplete event may be anything.
    const isForeign = foreign !== null || depth > 0;
    if (isForeign)
      event.flaw ??= { reason: 'no audit event: it has no auditID with a stage or requestURI', sqlstate: null };
    return { body, slice: event, ...place, shape: isForeign ? null : itemShape };
  }

  function* unwrap(block: Buffer, start: number, end: number, found: FoundRecord, place: Place, level: number): Groups {
    switch (found.what) {
      case 'text':
        yield* streams.add({ ...found, place });
        break;
      case 'list':
        yield* readList(block, found.start, found.end, place, level + 1, eventShape);
        break;
      case 'event':
        yield* readEventAt(block, found, joinShapes(shape, found.shape), place, level + 1);
        break;
      case 'refused':
        yield [{ body: block, slice: createReject(start, end, found.reason), ...place, shape: null }];
    }
  }

  function* rejectRecord(block: Buffer, start: number, end: number, place: Place): Groups {
    yield [{ body: block, slice: createReject(start, end, 'no audit event'), ...place, shape: null }];
    yield* streams.interrupt(true);
  }

  /** Reads an event, or a list of events, in a record. */
  function* readEventAt(
    block: Buffer,
    { start, end }: { start: number; end: number },
    eventShape: string,
    place: Place,
    level: number,
  ): Groups {
    const { event, itemsAt, kind } = readLoggedValue(new JsonScanner(block, start, end));
    if (itemsAt !== null) yield* readList(block, itemsAt, end, place, level, eventShape);
    else if (kind !== 'EventList')
      yield finishGroup(block, [{ body: block, slice: event, ...place, shape: eventShape }]);
  }

  /** Reads the items of a list in a record. */
  function* readList(
    block: Buffer,
    start: number,
    end: number,
    place: Place,
    level: number,
    itemShape: string,
  ): Groups {
    const scanner = new JsonScanner(block, start, end);
    if (!scanner.enterArray()) return;
    let group: LoggedEvent[] = [];
    do {
      const byte = scanner.peek();
      const from = scanner.position;
      const value = byte === openBrace ? readLoggedValue(scanner) : null;
      if (value === null) scanner.skipValue();
      const to = scanner.position;
      if (value !== null && isSure(value) && value.kind !== 'EventList') {
        group.push({ body: block, slice: value.event, ...place, shape: itemShape });
        if (group.length < maxGroupEvents) continue;
      }
      if (group.length > 0) yield finishGroup(block, group);
      group = [];
      if (byte === quote) yield* readTextAt(block, from, to, place);
      else if (byte === openBracket && level < maxDepth) yield* readList(block, from, to, place, level + 1, itemShape);
      else if (value === null) yield* rejectRecord(block, from, to, place);
      else if (isSure(value)) {
        if (value.itemsAt !== null) yield* readList(block, value.itemsAt, to, place, level + 1, listShape);
      } else {
        const found = findInValue(block, from, to, value, level);
        if (found !== null) yield* unwrap(block, from, to, found, place, level);
        else {
          yield finishGroup(block, [describeRest(block, value, place, itemShape)]);
          if (value.foreign !== null) yield* streams.interrupt(true);
        }
      }
    } while (scanner.enterNextElement());
    if (group.length > 0) yield finishGroup(block, group);
  }

  /**
   * Reads a JSON string as a log.
   * @param mayBeOther whether to skip it, not reject it, if it is not a log
   */
  function* readTextAt(block: Buffer, start: number, end: number, place: Place, mayBeOther = false): Groups {
    const text = depth < maxDepth ? readString(block, { start, end }) : null;
    const isLog = text !== null && (looksLikeLog(text) || streams.isBegun({ shape: shapes.text, source: '' }));
    if (!isLog) {
      if (!mayBeOther) yield* rejectRecord(block, start, end, place);
    } else
      yield* streams.add({
        shape: shapes.text,
        source: '',
        text,
        ends: null,
        place,
      } satisfies UnwrappedText);
  }

  return { findInValue, describeRest, unwrap, readList, readTextAt };
}

/**
 * Whether a value is an event or a list of events: it has a kind, or more fields of an event than a record can have by
 * chance.
 */
export function isSure({ kind, event, foreign }: LoggedValue): boolean {
  if (foreign !== null) return false;
  return kind !== undefined || (event.auditId !== null && (event.requestUri !== null || event.stage !== null));
}
