import { SnoopDbError } from '../../errors.ts';
import { type EventSlice, type LoggedValue, readItemsAgain, readLoggedValue } from '../../events/event-list.ts';
import { JsonScanner } from '../../events/json-scanner.ts';
import { keptBytes } from '../../rows/event-tables.ts';
import { looksLikeHeader, readHeader } from './line-header.ts';
import {
  createReject,
  finishGroup,
  type Groups,
  joinShapes,
  type LoggedEvent,
  type Place,
  shapes,
} from './logged-event.ts';
import { type FoundRecord, findRecord, listKeys, looksLikeLog, readString } from './record.ts';
import { createStreams, type LogReader, type UnwrappedText } from './streams.ts';

export interface LogReaderOptions {
  /** Of the log, for people. */
  name: string;
  /** What a line, or an event over several lines, may be long. */
  maxValueBytes: number;
  /** A list of records or events that is longer is not read as a whole, but record by record. */
  maxWholeBytes: number;
  /** What the log lies in; empty: nothing. */
  shape?: string;
  /** How many logs it lies in. */
  depth?: number;
}

const newline = 0x0a;
const nextValue = Buffer.from('\n{');
const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
/** So many events are held of a list, and are handed on at once. */
const mostEvents = 4000;
/** Before so much of a line is there nobody tries to read a value whose end was not read yet. */
const firstTryBytes = 64 * 1024;
/** An escape or a word that is cut looks like one that is wrong. */
const longestToken = 12;
/** No record of a text is shorter. */
const leastRecordBytes = '{"log":"x"}'.length;
/** So many zeros are what a log's rotation or a crash has left; what stands behind them is another line. */
const zeros = Buffer.alloc(16);
/** So many lists are stepped into whose end was not seen. */
const mostOpenLists = 20;
/** Logs may lie in logs, and lists in lists, as deep as this. */
const deepest = 5;

/**
 * Cuts a log that comes in pieces into events. It is a sequence of values and lines: a value is a JSON object that may go
 * over lines, and several may stand on a line; brackets and commas between them are stepped over, so that a list of any
 * size is read value by value. What an object wraps, and what stands behind the header of a line, is read as a log of
 * its own.
 *
 * The file is long because its steps share where they are in the block: where a value ends decides what the next one is.
 */
export function createLogReader(options: LogReaderOptions): LogReader {
  const { name, maxValueBytes, maxWholeBytes, shape = '', depth = 0 } = options;
  const eventShape = joinShapes(shape, shapes.event);
  const listShape = joinShapes(shape, shapes.list);
  const streams = createStreams(
    shape,
    (inner) => createLogReader({ ...options, shape: joinShapes(shape, inner), depth: depth + 1 }),
    maxValueBytes,
  );
  /** What was read and cannot be understood without what follows. */
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  /** How much there must be before another try is worth it, unless a line ends that is waited for. */
  let wantedBytes = 0;
  let waitsForLine = false;
  let isBeginning = true;
  let isSkipping = false;
  let line = 1;
  let offset = 0;
  /** The lists that are open around the next value; true: an object holds it, whose other members follow. */
  let lists: boolean[] = [];
  let isBehindList = false;
  let isBehindValue = false;

  /** Reads what is whole of a block; returns how many bytes that were. */
  function* readBlock(block: Buffer, isLast: boolean): Groups<number> {
    let group: LoggedEvent[] = [];
    const scanner = new JsonScanner(block);
    let at = 0;
    if (isBeginning && block.length >= 3) {
      // A byte order mark, which some programs write.
      if (block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf) at = 3;
      isBeginning = false;
    }
    let lineEnd = -1;
    let endsAtZeros = false;
    let lineStart = isBehindValue || isBehindList ? -1 : at;
    let plainLimit = -1;
    const limits = new Map<string, number>();
    wantedBytes = Number.POSITIVE_INFINITY;
    waitsForLine = false;

    const waitForLine = (bytes: number): void => {
      waitsForLine = true;
      wantedBytes = bytes;
    };
    /** Where the next value begins that is as far from its line's beginning; a value that is not whole ends before it. */
    const findLimit = (valueAt: number): number => {
      if (lineStart < 0 || lineStart === valueAt) {
        if (plainLimit < valueAt) {
          const next = block.indexOf(nextValue, valueAt);
          plainLimit = next < 0 ? Number.POSITIVE_INFINITY : next;
        }
        return plainLimit;
      }
      const indent = block.toString('latin1', lineStart, valueAt);
      let limit = limits.get(indent) ?? -1;
      if (limit < valueAt) {
        const found = block.indexOf(`\n${indent}{`, valueAt, 'latin1');
        limit = found < 0 ? Number.POSITIVE_INFINITY : found;
        limits.set(indent, limit);
      }
      return limit;
    };
    function* reject(from: number, reason: string): Groups {
      const end = block[lineEnd - 1] === 0x0d && lineEnd > from ? lineEnd - 1 : lineEnd;
      group.push(createLogged(block, createReject(from, end, reason), from, null));
      if (streams.pendingBytes > 0) {
        yield* flush();
        const mayBeText = block[end - 1] === quote && streams.isBegun({ shape: shapes.text, source: '' });
        yield* streams.breakOff(mayBeText || looksDamaged(block, from, end));
      }
      endLine();
    }
    const createLogged = (body: Buffer, slice: EventSlice, from: number, its: string | null): LoggedEvent => {
      return { body, slice, line, byteOffset: offset + from, shape: its };
    };
    const endLine = (): void => {
      if (endsAtZeros) at = lineEnd;
      else {
        line += 1;
        at = lineEnd + 1;
      }
      lineStart = at;
      isBehindValue = false;
      isBehindList = isBehindList && lists.at(-1) === true;
    };
    function* flush(): Groups {
      if (group.length === 0) return;
      const full = group;
      group = [];
      yield finishGroup(block, full);
    }

    while (at < block.length) {
      let firstByte = block[at] ?? 0;
      if (firstByte === 0 || firstByte === 0x20 || firstByte === 0x09 || firstByte === 0x0d) {
        at = skipBlanks(block, at);
        if (at === block.length) break;
        firstByte = block[at] ?? 0;
        if (block[at - 1] === 0) lineStart = at;
      }
      if (lineEnd < at) {
        lineEnd = block.indexOf(newline, at);
        endsAtZeros = false;
        if (lineEnd < 0) {
          // Of a block's last line the end may be unknown.
          const cut = block.indexOf(zeros, at);
          endsAtZeros = cut >= 0;
          lineEnd = endsAtZeros ? cut : block.length;
        }
      }
      if (firstByte === newline) {
        endLine();
        continue;
      }
      let hasLineEnd = lineEnd < block.length;
      const isPartOfLine = !hasLineEnd && !isLast;

      if (isBehindList) {
        // The members of an object behind its list, or the end of a list whose beginning was cut off.
        const isRest = lists.at(-1) === true;
        if (firstByte === closeBrace) {
          if (isRest) lists.pop();
          isBehindList = isRest ? false : isBehindList;
          isBehindValue = true;
          lineStart = -1;
          at += 1;
          continue;
        }
        if (isRest && firstByte === comma) {
          at += 1;
          continue;
        }
        if (isRest && firstByte === quote) {
          const member = stepOverMember(scanner, block, at);
          if (member === 'cut' && !isLast) {
            wantedBytes = 2 * (block.length - at);
            break;
          }
          if (typeof member === 'object') {
            line += countLines(block, at, member.end);
            at = member.end;
            if (member.isList) isBehindList = false;
            continue;
          }
        }
        if (isRest) lists.pop();
        isBehindList = false;
      }
      if (firstByte === comma || firstByte === openBracket) {
        const next = skipBlanks(block, at + 1);
        if (next === block.length && !isLast) {
          waitForLine(0);
          break;
        }
        const nextByte = block[next];
        const isBetween =
          nextByte === undefined ||
          nextByte === newline ||
          nextByte === openBrace ||
          nextByte === openBracket ||
          nextByte === quote ||
          nextByte === closeBracket;
        if (isBetween) {
          if (firstByte === openBracket && lists.length < mostEvents) lists.push(false);
          at += 1;
          lineStart = -1;
          isBehindValue = false;
          continue;
        }
      }
      if (firstByte === closeBracket && (isBehindValue || lists.length > 0)) {
        isBehindList = lists.at(-1) ?? true;
        if (lists.at(-1) === false) lists.pop();
        isBehindValue = true;
        lineStart = -1;
        at += 1;
        continue;
      }
      if (firstByte !== openBrace && firstByte !== quote) {
        if (isPartOfLine) {
          waitForLine(Number.POSITIVE_INFINITY);
          break;
        }
        clipLine();
        const header = depth < deepest ? readHeader(block, at, lineEnd) : null;
        if (header === null || !(header.isSure || streams.isBegun(header))) {
          const column = lineStart < 0 ? 0 : at - lineStart;
          yield* reject(at, `no JSON: unexpected byte at ${column} of the line`);
        } else {
          yield* flush();
          // With its line's end: that ends the text as well.
          const hasNewline = header.ends && hasLineEnd && !endsAtZeros;
          const text = block.subarray(header.textAt, hasNewline ? lineEnd + 1 : lineEnd);
          yield* streams.add({ ...header, text, place: { line, byteOffset: offset + at } });
          endLine();
        }
        continue;
      }

      // A value. Before its end was read it is tried again whenever twice as much is there.
      if (isPartOfLine && block.length - at < firstTryBytes) {
        waitForLine(firstTryBytes);
        break;
      }
      const mayGoOn = firstByte === openBrace && (lineStart < 0 || lineStart === at || isIndent(block, lineStart, at));
      const limit = mayGoOn ? Math.min(findLimit(at), block.length) : lineEnd;
      const isLimited = mayGoOn ? limit < block.length : hasLineEnd;
      scanner.moveTo(at, limit);
      let value: LoggedValue | null = null;
      let flaw = '';
      try {
        if (firstByte === quote) scanner.skipValue();
        else value = readLoggedValue(scanner, mostEvents);
        const end = scanner.position;
        if (end > lineEnd) {
          lineEnd = block.indexOf(newline, end);
          endsAtZeros = false;
          hasLineEnd = lineEnd >= 0;
          if (!hasLineEnd) lineEnd = block.length;
        }
        const next = skipBlanks(block, end);
        if (next === block.length && !isLast && block.indexOf(zeros, end) < 0) {
          waitForLine(2 * (block.length - at));
          break;
        }
        if (!mayFollow(block, next, firstByte, lists.length > 0)) {
          if (!hasLineEnd && !isLast) {
            waitForLine(Number.POSITIVE_INFINITY);
            break;
          }
          flaw = 'no JSON: something follows the value';
        }
      } catch (error) {
        if (!(error instanceof SnoopDbError)) throw error;
        const endsTooSoon = scanner.position >= limit;
        if (scanner.position > limit - longestToken && !isLimited && !isLast) {
          if (block.length - at > maxWholeBytes && enterList(false)) continue;
          wantedBytes = 2 * (block.length - at);
          waitsForLine = isPartOfLine;
          break;
        }
        if (isPartOfLine && lineEnd === block.length) {
          waitForLine(Number.POSITIVE_INFINITY);
          break;
        }
        const isCut = endsTooSoon || scanner.position === lineEnd;
        flaw = isCut ? 'no JSON: it ends too soon' : `no JSON: unexpected byte at ${scanner.position - at} of the line`;
      }
      const end = scanner.position;
      // Of a list that is long, or is not whole, the records are read one by one.
      if (firstByte === openBrace && (flaw !== '' || end - at > maxWholeBytes) && enterList(flaw !== '')) continue;
      if (flaw !== '') {
        const first = block.indexOf(newline, at);
        lineEnd = first < 0 ? block.length : first;
        endsAtZeros = false;
        clipLine();
        yield* reject(at, flaw);
        continue;
      }
      if (value !== null && isSure(value)) {
        let counted = at;
        const its = value.kind === 'EventList' ? listShape : eventShape;
        for (const slice of listEvents(value, scanner, end)) {
          if (slice.start > counted) {
            line += countLines(block, counted, slice.start);
            counted = slice.start;
          }
          group.push(createLogged(block, slice, slice.start, its));
          if (group.length >= mostEvents) yield* flush();
        }
        line += countLines(block, counted, end);
      } else {
        const where = { line, byteOffset: offset + at };
        const found = value === null ? null : findIn(block, at, end, value, 0);
        if (value !== null && found === null) {
          if (value.foreign !== null && streams.pendingBytes > 0) {
            yield* flush();
            yield* streams.breakOff(true);
          }
          group.push(...describeRest(block, value, where));
        } else {
          yield* flush();
          yield* found === null ? readTextAt(block, at, end, where) : unwrap(block, at, end, found, where, 0);
        }
        line += countLines(block, at, end);
      }
      at = end;
      lineStart = -1;
      isBehindValue = true;
      if (group.length >= mostEvents) yield* flush();
    }
    const read = Math.min(at, block.length);
    yield* flush();
    offset += read;
    return read;

    /** A line ends before many zeros. */
    function clipLine(): void {
      const cut = block.subarray(at, lineEnd).indexOf(zeros);
      if (cut < 0) return;
      lineEnd = at + cut;
      endsAtZeros = true;
    }

    /**
     * Steps into the list that the object here holds.
     * @param mustHold whether only into one that holds something
     */
    function enterList(mustHold: boolean): boolean {
      // Each try reads what follows: lists in lists without end would be read as often.
      if (lists.length >= mostOpenLists) return false;
      const listAt = findList(block, at);
      if (listAt === null) return false;
      const first = block[findText(block, listAt)];
      if (mustHold && first !== openBrace && first !== openBracket && first !== quote) return false;
      line += countLines(block, at, listAt);
      at = listAt;
      lineEnd = -1;
      lineStart = -1;
      isBehindValue = false;
      lists.push(true);
      return true;
    }

    function stepOverMember(
      its: JsonScanner,
      bytes: Buffer,
      from: number,
    ): { end: number; isList: boolean } | 'cut' | 'damaged' {
      its.moveTo(from, bytes.length);
      try {
        its.skipValue();
        const isListKey = its.stringBytes < 20 && listKeys.has(its.readString(20));
        its.expect(0x3a);
        if (isListKey && its.peek() === openBracket) return { end: its.position + 1, isList: true };
        its.skipValue();
        // A number goes on as long as it has digits.
        return its.isAtEnd ? 'cut' : { end: its.position, isList: false };
      } catch (error) {
        if (!(error instanceof SnoopDbError)) throw error;
        return its.position > bytes.length - longestToken ? 'cut' : 'damaged';
      }
    }
  }

  /** What an object is a record of that is not surely an event by itself. */
  function findIn(block: Buffer, start: number, end: number, value: LoggedValue, level: number): FoundRecord | null {
    if (level >= deepest || depth >= deepest || end - start < leastRecordBytes) return null;
    return findRecord(block, { start, end }, value.foreign !== null);
  }

  /** An object that wraps nothing: no event, or one of which little is there. */
  function describeRest(body: Buffer, { events, foreign }: LoggedValue, place: Place): LoggedEvent[] {
    // What looks like an event in a text that was cut may be anything.
    const isNone = foreign !== null || depth > 0;
    return events.map((slice) => {
      if (isNone)
        slice.flaw ??= { reason: 'no audit event: it has no auditID with a stage or requestURI', sqlstate: null };
      return { body, slice, ...place, shape: isNone ? null : eventShape };
    });
  }

  function* unwrap(block: Buffer, start: number, end: number, found: FoundRecord, place: Place, level: number): Groups {
    switch (found.what) {
      case 'text':
        yield* streams.add({ ...found, place });
        break;
      case 'list':
        yield* readList(block, found.start, found.end, place, level + 1);
        break;
      case 'event':
        yield* readEventAt(block, found.start, found.end, joinShapes(shape, found.shape), place);
        break;
      case 'refused':
        yield [{ body: block, slice: createReject(start, end, found.reason), ...place, shape: null }];
    }
  }

  function* rejectRecord(block: Buffer, start: number, end: number, place: Place): Groups {
    yield [{ body: block, slice: createReject(start, end, 'no audit event'), ...place, shape: null }];
    yield* streams.breakOff(true);
  }

  function* readEventAt(block: Buffer, start: number, end: number, its: string, place: Place): Groups {
    const scanner = new JsonScanner(block, start, end);
    const value = readLoggedValue(scanner, mostEvents);
    let group: LoggedEvent[] = [];
    for (const slice of listEvents(value, scanner, end)) {
      group.push({ body: block, slice, ...place, shape: value.foreign === null ? its : null });
      if (group.length < mostEvents) continue;
      yield finishGroup(block, group);
      group = [];
    }
    if (group.length > 0) yield finishGroup(block, group);
  }

  function* readList(block: Buffer, start: number, end: number, place: Place, level: number): Groups {
    const scanner = new JsonScanner(block, start, end);
    if (!scanner.enterArray()) return;
    do {
      const byte = scanner.peek();
      const from = scanner.position;
      const value = byte === openBrace ? readLoggedValue(scanner, mostEvents) : null;
      if (value === null) scanner.skipValue();
      const to = scanner.position;
      if (byte === quote) yield* readTextAt(block, from, to, place);
      else if (byte === openBracket && level < deepest) yield* readList(block, from, to, place, level + 1);
      else if (value !== null && isSure(value)) {
        yield* readEventAt(block, from, to, value.kind === 'EventList' ? listShape : eventShape, place);
      } else if (value !== null) {
        const found = findIn(block, from, to, value, level);
        if (found !== null) yield* unwrap(block, from, to, found, place, level);
        else {
          yield finishGroup(block, describeRest(block, value, place));
          if (value.foreign !== null) yield* streams.breakOff(true);
        }
      } else yield* rejectRecord(block, from, to, place);
    } while (scanner.enterNextElement());
  }

  /** A JSON string that is a log. */
  function* readTextAt(block: Buffer, start: number, end: number, place: Place): Groups {
    const text = depth < deepest ? readString(block, { start, end }) : null;
    if (text === null || !(looksLikeLog(text) || streams.isBegun({ shape: shapes.text, source: '' })))
      yield* rejectRecord(block, start, end, place);
    else
      yield* streams.add({
        shape: shapes.text,
        source: '',
        text,
        ends: null,
        place,
      } satisfies UnwrappedText);
  }

  function* keep(left: readonly Buffer[]): Groups {
    pending = left.filter(({ length }) => length > 0);
    pendingBytes = pending.reduce((sum, { length }) => sum + length, 0);
    yield* checkSize();
  }

  function* checkSize(): Groups {
    if (pendingBytes <= maxValueBytes) return;
    if (!waitsForLine && depth === 0) {
      throw new SnoopDbError(
        'unreadable_input',
        `${name} has a document of more than ${maxValueBytes} bytes over many lines, from line ${line} on. Write its events on one line each (jq -c '.items[]'). Nothing of it was loaded.`,
      );
    }
    const body = Buffer.concat(pending, Math.min(keptBytes, pendingBytes));
    const slice = createReject(0, body.length, `a line of more than ${maxValueBytes} bytes`);
    const event = { body, slice, line, byteOffset: offset, shape: null };
    offset += pendingBytes;
    pending = [];
    pendingBytes = 0;
    isSkipping = true;
    yield [event];
    yield* streams.breakOff(true);
  }

  return {
    get pendingBytes() {
      return pendingBytes + streams.pendingBytes;
    },
    get isBegun() {
      return pendingBytes > 0 || lists.length > 0;
    },
    *read(piece) {
      let rest = piece;
      if (isSkipping) {
        const end = findLineEnd(rest);
        offset += end < 0 ? rest.length : end;
        if (end < 0) return;
        isSkipping = false;
        if (rest[end - 1] === newline) line += 1;
        isBehindValue = false;
        isBehindList = false;
        rest = rest.subarray(end);
      }
      if (pendingBytes > 0) {
        const found = waitsForLine ? findLineEnd(rest) : -1;
        if (found < 0 && pendingBytes + rest.length < wantedBytes) {
          pending.push(rest);
          pendingBytes += rest.length;
          yield* checkSize();
          return;
        }
        const end = found < 0 ? rest.length : found;
        // The line that was begun is joined, and nothing but that: the piece itself is read where it lies.
        pending.push(rest.subarray(0, end));
        const head = Buffer.concat(pending);
        // What was joined is needed no more, while a line of 128 MiB is read.
        pending = [];
        pendingBytes = 0;
        const read = yield* readBlock(head, false);
        if (read < head.length) {
          yield* keep([cutEnd(head, read), rest.subarray(end)]);
          return;
        }
        rest = rest.subarray(end);
      }
      if (rest.length === 0) return;
      const read = yield* readBlock(rest, false);
      yield* keep([cutEnd(rest, read)]);
    },
    *end() {
      const [only, ...others] = pending;
      const block = only && others.length === 0 ? only : Buffer.concat(pending);
      pending = [];
      pendingBytes = 0;
      yield* readBlock(block, true);
      yield* streams.end();
      lists = [];
      isBehindList = false;
      isBehindValue = false;
      isSkipping = false;
    },
  };
}

/** A copy of what is short: a few bytes would keep all of the block in memory. */
function cutEnd(block: Buffer, from: number): Buffer {
  const end = block.subarray(from);
  return 2 * end.length < block.length ? Buffer.from(end) : end;
}

/** The first byte behind a line's end, or behind the zeros that end it; -1: it has no end. */
function findLineEnd(bytes: Buffer): number {
  const end = bytes.indexOf(newline);
  if (end >= 0) return end + 1;
  const cut = bytes.indexOf(zeros);
  return cut < 0 ? -1 : cut + zeros.length;
}

/** Over blanks and zeros, but no line's end. */
function skipBlanks(block: Buffer, from: number): number {
  let at = from;
  for (; at < block.length; at += 1) {
    const byte = block[at];
    if (byte !== 0 && byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) break;
  }
  return at;
}

/** Over blanks, zeros and ends of lines. */
function findText(block: Buffer, from: number): number {
  let at = skipBlanks(block, from);
  while (block[at] === newline) at = skipBlanks(block, at + 1);
  return at;
}

function isIndent(block: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (block[at] !== 0x20 && block[at] !== 0x09) return false;
  return to - from < 200;
}

/** Whether what stands behind a value can stand there: it ends a list, or is the next value, or the line's end. */
function mayFollow(block: Buffer, at: number, firstByte: number, isListed: boolean): boolean {
  const next = block[at];
  // A text can stand in a list that is whole, and not behind a beginning that was cut off.
  const mayBeListed = firstByte === openBrace || isListed;
  return (
    next === undefined ||
    next === newline ||
    (mayBeListed && (next === comma || next === closeBracket)) ||
    (next === openBrace && firstByte === openBrace) ||
    (next === quote && firstByte === quote)
  );
}

/** An event, or list of them, that says what it is; or it has so much of one that it is not a record with a field of that name. */
function isSure({ kind, events, foreign }: LoggedValue): boolean {
  if (foreign !== null) return false;
  if (kind !== undefined) return true;
  const [event] = events;
  return event !== undefined && event.auditId !== null && (event.requestUri !== null || event.stage !== null);
}

/** Whether a line that holds no event may have been a record, which is now missing among others. */
function looksDamaged(block: Buffer, start: number, end: number): boolean {
  const [first, last] = [block[start], block[end - 1]];
  return (
    first === openBrace ||
    first === quote ||
    last === closeBrace ||
    last === closeBracket ||
    last === comma ||
    looksLikeHeader(block, start, end)
  );
}

/** Where the list begins, behind its bracket, that an object of records or events holds; null: it holds none that is known. */
function findList(block: Buffer, start: number): number | null {
  const scanner = new JsonScanner(block, start);
  try {
    if (!scanner.enterObject()) return null;
    do {
      const key = scanner.stringBytes < 20 ? scanner.readString(20) : '';
      const byte = scanner.peek();
      if (byte === openBracket && listKeys.has(key)) return scanner.position + 1;
      const isText = byte === quote;
      scanner.skipValue();
      if (key === 'kind' && !(isText && scanner.readString(20) === 'EventList')) return null;
    } while (scanner.enterNextMember());
    return null;
  } catch (error) {
    if (error instanceof SnoopDbError) return null;
    throw error;
  }
}

/** The events of a value that was read up to `end`. */
function listEvents({ events, itemsAt }: LoggedValue, scanner: JsonScanner, end: number): Iterable<EventSlice> {
  if (itemsAt === null) return events;
  scanner.moveTo(itemsAt, end);
  return readItemsAgain(scanner);
}

function countLines(block: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = block.indexOf(newline, from); at >= 0 && at < to; at = block.indexOf(newline, at + 1)) lines += 1;
  return lines;
}
