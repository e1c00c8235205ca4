import type { EventSlice, LoggedValue } from '../../events/event-list.ts';
import type { Flaw } from '../../events/json-scanner.ts';
import { BlockCursor } from './block-cursor.ts';
import { readHeader } from './line-header.ts';
import { beginsItem, beginsScalar, findScalarEnd, belongsToList, skipMember } from './list-items.ts';
import {
  closeBrace,
  closeBracket,
  comma,
  findText,
  looksDamaged,
  newline,
  openBrace,
  openBracket,
  quote,
  skipBlanks,
} from './log-bytes.ts';
import { createReject, finishGroup, type Groups, joinShapes, type LoggedEvent, shapes } from './logged-event.ts';
import { OpenLists } from './open-lists.ts';
import { findList } from './record.ts';
import { createRecordReader, maxDepth, isSure, maxGroupEvents } from './record-reader.ts';
import type { Streams } from './streams.ts';
import { type ScannedValue, scanValue, type Wait, waitForLine } from './value-scan.ts';

const repeatedItems: Flaw = { reason: 'its EventList has the key "items" twice', sqlstate: null };

/** What a step did: it moved the cursor, needs more of the log, or leaves the byte to the next step. */
type Step = 'moved' | Wait | null;

/**
 * Reads the blocks of a log, each from where the one before it ended. A log is a sequence of values and lines. A value is
 * a JSON object, which may extend over lines; several may be on one line. Brackets and commas between values are
 * skipped, so that a list of any size is read value by value. The text in a record, or after the header of a line, is
 * read as a log of its own.
 *
 * This is one state machine: where a value ends decides what the next byte means, so its steps share `lists`, the state
 * between values, and the cursor of the block.
 *
 * @param shape what the log is wrapped in; empty: nothing
 * @param depth how many logs it is nested in
 */
export function createBlockReader(shape: string, depth: number, streams: Streams) {
  const eventShape = joinShapes(shape, shapes.event);
  const listShape = joinShapes(shape, shapes.list);
  const { findInValue, describeRest, unwrap, readList, readTextAt } = createRecordReader(shape, depth, streams);
  const lists = new OpenLists();
  const position = { line: 1, byteOffset: 0 };
  let isBeginning = true;
  let wait: Wait | null = null;
  let group: LoggedEvent[] = [];

  /** Reads what is complete; returns the number of bytes read. */
  function* read(block: Buffer, isLast: boolean): Groups<number> {
    const cursor = new BlockCursor(block, isLast, position, !lists.isAfterValue && !lists.isAfterList);
    if (isBeginning && block.length >= 3) {
      cursor.skipByteOrderMark();
      isBeginning = false;
    }
    wait = null;
    for (let byte = cursor.skipToNext(); byte !== undefined; byte = cursor.skipToNext()) {
      if (byte === newline) {
        endLine(cursor);
        continue;
      }
      let step: Step = lists.isAfterList ? yield* readAfterList(cursor, byte) : null;
      step ??= readPunctuation(cursor, byte);
      if (step === null && lists.isItemNext && beginsScalar(byte)) step = yield* rejectScalar(cursor);
      if (step === null && byte !== openBrace && byte !== quote) step = yield* readPlainLine(cursor);
      if (step === null) {
        const found = scanValue(cursor, byte, lists.count > 0);
        step = addEvent(cursor, found) ?? (yield* readValue(cursor, byte, found));
      }
      if (step !== 'moved') {
        wait = step;
        break;
      }
      if (group.length >= maxGroupEvents) yield* flush(block);
    }
    const bytes = Math.min(cursor.at, block.length);
    yield* flush(block);
    position.line = cursor.line;
    position.byteOffset += bytes;
    return bytes;
  }

  /** Reads the other members of an object after its list, or the end of a list whose beginning was cut off. */
  function* readAfterList(cursor: BlockCursor, byte: number): Groups<Step> {
    const { block, at, scanner, isLast } = cursor;
    if (byte === closeBrace) {
      if (lists.isInMember) lists.endObject();
      lists.endValue();
      cursor.skipByte();
      return 'moved';
    }
    if (lists.isInMember && byte === comma) {
      cursor.at += 1;
      return 'moved';
    }
    if (lists.isInMember && byte === quote) {
      const member = skipMember(scanner, at);
      if (member === 'cut' && !isLast) return { what: 'wait', bytes: 2 * cursor.bytesLeft, forLine: false };
      if (typeof member === 'object') {
        if (member.text !== null) {
          yield* flush(block);
          yield* readTextAt(block, member.text, member.end, cursor.place(member.text), true);
        }
        cursor.moveTo(member.end);
        if (member.isList) lists.enterNextMember(member.isItems);
        return 'moved';
      }
    }
    lists.endObject();
    return null;
  }

  /** Skips a comma or a bracket of a list. */
  function readPunctuation(cursor: BlockCursor, byte: number): Step {
    const { block, at, scanner, isLast } = cursor;
    if (byte === comma || byte === openBracket) {
      const next = skipBlanks(block, at + 1);
      if (next === block.length && !isLast) return waitForLine(0);
      const isOfList = belongsToList(scanner, next, byte === openBracket, lists.isInList, isLast);
      if (isOfList === 'cut') return waitForLine(2 * cursor.bytesLeft);
      if (!isOfList) return null;
      if (byte === openBracket) lists.enterArray(eventShape);
      else lists.enterItem();
    } else if (byte === closeBracket && (lists.isAfterValue || lists.count > 0)) lists.endList();
    else return null;
    cursor.skipByte();
    return 'moved';
  }

  function* rejectScalar(cursor: BlockCursor): Groups<Step> {
    const { block, at, scanner, isLast } = cursor;
    const end = findScalarEnd(scanner, at, isLast);
    if (end === 'cut') return waitForLine(2 * cursor.bytesLeft);
    if (end === null) return null;
    add(cursor, createReject(at, end, 'no audit event'), null);
    yield* interruptStreams(block, true);
    lists.endValue();
    cursor.movePast(end);
    return 'moved';
  }

  /** Reads a line that does not begin with a value: with a header, its text is part of another log. */
  function* readPlainLine(cursor: BlockCursor): Groups<Step> {
    if (cursor.isPartOfLine) return waitForLine(Number.POSITIVE_INFINITY);
    cursor.cutLineAtZeros();
    const { block, at, lineEnd } = cursor;
    const header = depth < maxDepth ? readHeader(block, at, lineEnd) : null;
    if (header === null || !(header.isSure || streams.isBegun(header))) {
      yield* rejectLine(cursor, 'no JSON: unexpected byte at 0 of the line');
      return 'moved';
    }
    yield* flush(block);
    // The newline also ends the line of the text.
    const hasNewline = header.ends && cursor.hasLineEnd && !cursor.endsAtZeros;
    const text = block.subarray(header.textAt, hasNewline ? lineEnd + 1 : lineEnd);
    yield* streams.add({ ...header, text, place: cursor.place() });
    endLine(cursor);
    return 'moved';
  }

  /** Adds a plain event, the usual case, without a generator. */
  function addEvent(cursor: BlockCursor, found: ScannedValue): Step {
    if (found.what !== 'value' || found.value === null || found.value.mayHoldList || !isEvent(found.value)) return null;
    add(cursor, found.value.event, lists.itemShape ?? eventShape);
    lists.endValue();
    cursor.movePast(found.end);
    return 'moved';
  }

  function* readValue(cursor: BlockCursor, byte: number, found: ScannedValue): Groups<'moved' | Wait> {
    if (found.what === 'wait') return found;
    // The items of a list are read one by one even if it is complete: the result must not depend on its size.
    const mayHoldList = byte === openBrace && (found.what !== 'value' || found.value?.mayHoldList === true);
    if (mayHoldList && enterList(cursor, found.limit)) return 'moved';
    if (found.what === 'cut') return found.wait;
    if (found.what === 'damaged') {
      cursor.findLineEnd(cursor.at);
      cursor.cutLineAtZeros();
      yield* rejectLine(cursor, found.reason);
      return 'moved';
    }
    yield* unwrapValue(cursor, found.value, found.end);
    lists.endValue();
    cursor.movePast(found.end);
    return 'moved';
  }

  /** Enters the list of the object at the cursor, which ends at `limit` at the latest. */
  function enterList(cursor: BlockCursor, limit: number): boolean {
    const { block, at } = cursor;
    if (!lists.makeRoom()) return false;
    const list = findList(block, at, limit);
    if (list === null || !beginsItem(block[findText(block, list.at)])) return false;
    cursor.movePast(list.at);
    cursor.lineEnd = -1;
    const isItems = list.key === 'items';
    lists.enterMember(isItems ? listShape : eventShape, isItems);
    return true;
  }

  /** Reads the events in a complete value. */
  function* unwrapValue(cursor: BlockCursor, value: LoggedValue | null, end: number): Groups {
    const { block, at } = cursor;
    const place = cursor.place();
    const itemShape = lists.itemShape ?? eventShape;
    if (value === null) {
      yield* flush(block);
      yield* readTextAt(block, at, end, place);
    } else if (isEvent(value)) {
      add(cursor, value.event, itemShape);
    } else if (isSure(value)) {
      if (value.itemsAt === null) return;
      yield* flush(block);
      yield* readList(block, value.itemsAt, end, place, 1, listShape);
    } else {
      const found = findInValue(block, at, end, value, 0);
      if (found === null) {
        if (value.foreign !== null) yield* interruptStreams(block, true);
        group.push(describeRest(block, value, place, itemShape));
      } else {
        yield* flush(block);
        yield* unwrap(block, at, end, found, place, 0);
      }
    }
  }

  function* rejectLine(cursor: BlockCursor, reason: string): Groups {
    const { block, at, lineEnd } = cursor;
    const end = block[lineEnd - 1] === 0x0d && lineEnd > at ? lineEnd - 1 : lineEnd;
    add(cursor, createReject(at, end, reason), null);
    lists.isItemNext = false;
    const mayBeText = block[end - 1] === quote && streams.isBegun({ shape: shapes.text, source: '' });
    yield* interruptStreams(block, mayBeText || looksDamaged(block, at, end));
    endLine(cursor);
  }

  /** Ends what is incomplete in records: a line between them could not be read. */
  function* interruptStreams(block: Buffer, isDamaged: boolean): Groups {
    if (streams.pendingBytes === 0) return;
    yield* flush(block);
    yield* streams.interrupt(isDamaged);
  }

  function endLine(cursor: BlockCursor): void {
    cursor.endLine();
    lists.endLine();
  }

  function add(cursor: BlockCursor, slice: EventSlice, itemShape: string | null): void {
    const { line, byteOffset } = cursor.place();
    // The auditlogger refuses such a list; its first items were read before the second key was seen.
    if (lists.isRepeated) slice.flaw ??= repeatedItems;
    group.push({ body: cursor.block, slice, line, byteOffset, shape: lists.isRepeated ? null : itemShape });
  }

  function* flush(block: Buffer): Groups {
    if (group.length === 0) return;
    const full = group;
    group = [];
    yield finishGroup(block, full);
  }

  return {
    lists,
    /** The start of the next block in the log. */
    position,
    /** What the rest of the last block needs; null: nothing is left of it. */
    get wait() {
      return wait;
    },
    read,
  };
}

function isEvent(value: LoggedValue): boolean {
  return value.kind !== 'EventList' && isSure(value);
}
