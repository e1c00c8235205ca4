import { SnoopDbError } from '../../errors.ts';
import { type EventSlice, type LoggedValue, readLoggedValue } from '../../events/event-list.ts';
import { JsonScanner } from '../../events/json-scanner.ts';
import { keptBytes } from '../../rows/event-tables.ts';
import { readHeader } from './line-header.ts';
import { beginsItem, beginsScalar, findScalarEnd, isOfList, longestToken, stepOverMember } from './list-items.ts';
import {
  closeBrace,
  closeBracket,
  comma,
  countLines,
  cutEnd,
  findLineEnd,
  findText,
  isIndent,
  looksDamaged,
  mayFollow,
  newline,
  openBrace,
  openBracket,
  quote,
  skipBlanks,
  zeros,
} from './log-bytes.ts';
import { createReject, finishGroup, type Groups, joinShapes, type LoggedEvent, shapes } from './logged-event.ts';
import { findList } from './record.ts';
import { createRecordReader, deepest, isSure, mostEvents } from './record-reader.ts';
import { createStreams, type LogReader } from './streams.ts';

export interface LogReaderOptions {
  /** Of the log, for people. */
  name: string;
  /** What a line, or an event over several lines, may be long. */
  maxValueBytes: number;
  /** What the log lies in; empty: nothing. */
  shape?: string;
  /** How many logs it lies in. */
  depth?: number;
}

const nextValue = Buffer.from('\n{');
/** Before so much of a line is there nobody tries to read a value whose end was not read yet. */
const firstTryBytes = 64 * 1024;
interface OpenList {
  /** Whether an object holds it, whose other members follow. */
  isHeld: boolean;
  /** Of the events in it. */
  shape: string;
}

/** So many lists are stepped into whose end was not seen. */
const mostOpenLists = 20;

/**
 * Cuts a log that comes in pieces into events. It is a sequence of values and lines: a value is a JSON object that may go
 * over lines, and several may stand on a line; brackets and commas between them are stepped over, so that a list of any
 * size is read value by value. What an object wraps, and what stands behind the header of a line, is read as a log of
 * its own.
 *
 * The function is long because its steps share where they are in the block: where a value ends decides what the next one is.
 */
export function createLogReader(options: LogReaderOptions): LogReader {
  const { name, maxValueBytes, shape = '', depth = 0 } = options;
  const eventShape = joinShapes(shape, shapes.event);
  const listShape = joinShapes(shape, shapes.list);
  const streams = createStreams(
    shape,
    (inner) => createLogReader({ ...options, shape: joinShapes(shape, inner), depth: depth + 1 }),
    maxValueBytes,
  );
  const { findIn, describeRest, unwrap, readList, readTextAt } = createRecordReader(shape, depth, streams);
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
  /** The lists that are open around the next value. */
  let lists: OpenList[] = [];
  /** Whether the next value is an item of the last one. */
  let isListed = false;
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
      isListed = false;
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
      isBehindList = isBehindList && lists.at(-1)?.isHeld === true;
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
        const isRest = lists.at(-1)?.isHeld === true;
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
          const member = stepOverMember(scanner, at);
          if (member === 'cut' && !isLast) {
            wantedBytes = 2 * (block.length - at);
            break;
          }
          if (typeof member === 'object') {
            if (member.text !== null) {
              yield* flush();
              yield* readTextAt(block, member.text, member.end, { line, byteOffset: offset + member.text }, true);
            }
            line += countLines(block, at, member.end);
            at = member.end;
            if (member.isList) {
              isBehindList = false;
              isListed = true;
            }
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
        const isInList = isListed || isBehindValue || lists.length > 0;
        const isSeparator = isOfList(scanner, next, firstByte === openBracket, isInList, isLast);
        if (isSeparator === 'cut') {
          waitForLine(2 * (block.length - at));
          break;
        }
        if (isSeparator) {
          if (firstByte === openBracket && lists.length < mostEvents) {
            lists.push({ isHeld: false, shape: (isListed ? lists.at(-1)?.shape : undefined) ?? eventShape });
          }
          at += 1;
          lineStart = -1;
          isBehindValue = false;
          isListed = true;
          continue;
        }
      }
      if (firstByte === closeBracket && (isBehindValue || lists.length > 0)) {
        isBehindList = lists.at(-1)?.isHeld ?? true;
        if (lists.at(-1)?.isHeld === false) lists.pop();
        isBehindValue = true;
        isListed = false;
        lineStart = -1;
        at += 1;
        continue;
      }
      if (isListed && beginsScalar(firstByte)) {
        const end = findScalarEnd(scanner, at, isLast);
        if (end === 'cut') {
          waitForLine(2 * (block.length - at));
          break;
        }
        if (end !== null) {
          group.push(createLogged(block, createReject(at, end, 'no audit event'), at, null));
          if (streams.pendingBytes > 0) {
            yield* flush();
            yield* streams.breakOff(true);
          }
          at = end;
          lineStart = -1;
          isBehindValue = true;
          isListed = false;
          if (group.length >= mostEvents) yield* flush();
          continue;
        }
      }
      if (firstByte !== openBrace && firstByte !== quote) {
        if (isPartOfLine) {
          waitForLine(Number.POSITIVE_INFINITY);
          break;
        }
        clipLine();
        const header = depth < deepest ? readHeader(block, at, lineEnd) : null;
        if (header === null || !(header.isSure || streams.isBegun(header))) {
          yield* reject(at, 'no JSON: unexpected byte at 0 of the line');
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
        else value = readLoggedValue(scanner);
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
          if (firstByte === openBrace && enterList(limit)) continue;
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
      // The items of a list are read one by one, whether it is whole or not: the outcome must not depend on its size.
      if (firstByte === openBrace && (flaw !== '' || value?.mayHoldList === true) && enterList(limit)) continue;
      if (flaw !== '') {
        const first = block.indexOf(newline, at);
        lineEnd = first < 0 ? block.length : first;
        endsAtZeros = false;
        clipLine();
        yield* reject(at, flaw);
        continue;
      }
      const its = (isListed ? lists.at(-1)?.shape : undefined) ?? eventShape;
      const where = { line, byteOffset: offset + at };
      isListed = false;
      if (value !== null && isSure(value)) {
        if (value.kind !== 'EventList') group.push(createLogged(block, value.event, at, its));
        else if (value.itemsAt !== null) {
          yield* flush();
          yield* readList(block, value.itemsAt, end, where, 1, listShape);
        }
      } else {
        const found = value === null ? null : findIn(block, at, end, value, 0);
        if (value !== null && found === null) {
          if (value.foreign !== null && streams.pendingBytes > 0) {
            yield* flush();
            yield* streams.breakOff(true);
          }
          group.push(describeRest(block, value, where, its));
        } else {
          yield* flush();
          yield* found === null ? readTextAt(block, at, end, where) : unwrap(block, at, end, found, where, 0);
        }
      }
      line += countLines(block, at, end);
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

    /** Steps into the list that the object here holds, which ends at the latest at `limit`. */
    function enterList(limit: number): boolean {
      // Each try reads what follows: lists in lists without end would be read as often.
      if (lists.length >= mostOpenLists) {
        if (isListed) return false;
        // An object that is no item of theirs: they were cut.
        lists = [];
      }
      const list = findList(block, at, limit);
      if (list === null || !beginsItem(block[findText(block, list.at)])) return false;
      line += countLines(block, at, list.at);
      at = list.at;
      lineEnd = -1;
      lineStart = -1;
      isBehindValue = false;
      lists.push({ isHeld: true, shape: list.key === 'items' ? listShape : eventShape });
      isListed = true;
      return true;
    }
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
        isListed = false;
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
      isListed = false;
      isBehindList = false;
      isBehindValue = false;
      isSkipping = false;
    },
  };
}
