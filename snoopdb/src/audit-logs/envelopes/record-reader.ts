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

/** So many events are handed on at once. */
export const mostEvents = 4000;
/** Logs may lie in logs, and lists in lists, as deep as this. */
export const deepest = 5;
/** No record of a text is shorter. */
const leastRecordBytes = '{"log":"x"}'.length;

/**
 * Reads what the values of a log wrap: a text, an event, a list.
 * @param shape what the log lies in; empty: nothing
 * @param depth how many logs it lies in
 * @param streams read the texts
 */
export function createRecordReader(shape: string, depth: number, streams: Streams) {
  const eventShape = joinShapes(shape, shapes.event);
  const listShape = joinShapes(shape, shapes.list);

  /** What an object is a record of that is not surely an event by itself. */
  function findIn(block: Buffer, start: number, end: number, value: LoggedValue, level: number): FoundRecord | null {
    if (level >= deepest || depth >= deepest || end - start < leastRecordBytes) return null;
    return findRecord(block, { start, end }, value.foreign !== null);
  }

  /** An object that wraps nothing: no event, or one of which little is there. */
  function describeRest(body: Buffer, { event, foreign }: LoggedValue, place: Place, its: string): LoggedEvent {
    // What looks like an event in a text that was cut may be anything.
    const isNone = foreign !== null || depth > 0;
    if (isNone)
      event.flaw ??= { reason: 'no audit event: it has no auditID with a stage or requestURI', sqlstate: null };
    return { body, slice: event, ...place, shape: isNone ? null : its };
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
    yield* streams.breakOff(true);
  }

  /** An event, or a list of them, that lies in a record. */
  function* readEventAt(
    block: Buffer,
    { start, end }: { start: number; end: number },
    its: string,
    place: Place,
    level: number,
  ): Groups {
    const { event, itemsAt, kind } = readLoggedValue(new JsonScanner(block, start, end));
    if (itemsAt !== null) yield* readList(block, itemsAt, end, place, level, its);
    else if (kind !== 'EventList') yield finishGroup(block, [{ body: block, slice: event, ...place, shape: its }]);
  }

  /** The items of a list that lies in a record. */
  function* readList(block: Buffer, start: number, end: number, place: Place, level: number, its: string): Groups {
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
        group.push({ body: block, slice: value.event, ...place, shape: its });
        if (group.length < mostEvents) continue;
      }
      if (group.length > 0) yield finishGroup(block, group);
      group = [];
      if (byte === quote) yield* readTextAt(block, from, to, place);
      else if (byte === openBracket && level < deepest) yield* readList(block, from, to, place, level + 1, its);
      else if (value === null) yield* rejectRecord(block, from, to, place);
      else if (isSure(value)) {
        if (value.itemsAt !== null) yield* readList(block, value.itemsAt, to, place, level + 1, listShape);
      } else {
        const found = findIn(block, from, to, value, level);
        if (found !== null) yield* unwrap(block, from, to, found, place, level);
        else {
          yield finishGroup(block, [describeRest(block, value, place, its)]);
          if (value.foreign !== null) yield* streams.breakOff(true);
        }
      }
    } while (scanner.enterNextElement());
    if (group.length > 0) yield finishGroup(block, group);
  }

  /**
   * A JSON string that is a log.
   * @param mayBeOther whether it may be anything else, and is passed over then
   */
  function* readTextAt(block: Buffer, start: number, end: number, place: Place, mayBeOther = false): Groups {
    const text = depth < deepest ? readString(block, { start, end }) : null;
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

  return { findIn, describeRest, unwrap, readList, readTextAt };
}

/** An event, or list of them, that says what it is; or it has so much of one that it is not a record with a field of that name. */
export function isSure({ kind, event, foreign }: LoggedValue): boolean {
  if (foreign !== null) return false;
  return kind !== undefined || (event.auditId !== null && (event.requestUri !== null || event.stage !== null));
}
