import { SnoopDbError } from '../errors.ts';
import type { LogPlace } from '../events/audit-event.ts';
import {
  createSlice,
  type EventSlice,
  type LoggedValue,
  markBadText,
  readItemsAgain,
  readLoggedValue,
} from '../events/event-list.ts';
import { JsonScanner } from '../events/json-scanner.ts';
import { keptBytes } from '../rows/event-tables.ts';

/** An event of an audit log, or what stands there instead: its slice has a flaw then. */
export interface LoggedEvent extends Omit<LogPlace, 'number'> {
  /** Bytes of the log; the slice says which of them. */
  body: Buffer;
  slice: EventSlice;
}

/** Cuts a log that comes in pieces into events, in groups that take little memory. */
export interface LineReader {
  read(piece: Buffer): Generator<LoggedEvent[], void, undefined>;
  end(): Generator<LoggedEvent[], void, undefined>;
}

type Groups<Result = void> = Generator<LoggedEvent[], Result, undefined>;

const newline = 0x0a;
const nextValue = Buffer.from('\n{');
/** So many events are held of a list, and are handed on at once. */
const mostEvents = 4000;

/** @param name of the log, for people */
export function createLineReader(name: string, maxValueBytes: number): LineReader {
  /** What was read and cannot be understood without what follows. */
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  /** How much there must be before another try is worth it; 0: until the line ends. */
  let wantedBytes = 0;
  let isBeginning = true;
  let isSkipping = false;
  let line = 1;
  let offset = 0;

  /** Reads the whole values of a block that begins where a value does; returns how many bytes that were. */
  function* readBlock(block: Buffer, isLast: boolean): Groups<number> {
    let group: LoggedEvent[] = [];
    const scanner = new JsonScanner(block);
    let at = 0;
    if (isBeginning && block.length >= 3) {
      // A byte order mark, which some programs write.
      if (block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf) at = 3;
      isBeginning = false;
    }
    let next = -1;
    wantedBytes = 0;
    while (at < block.length) {
      const found = block.indexOf(newline, at);
      if (found < 0 && !isLast) break;
      const lineEnd = found < 0 ? block.length : found;
      scanner.moveTo(at, lineEnd);
      const firstByte = scanner.peek();
      if (scanner.isAtEnd) {
        line += 1;
        at = lineEnd + 1;
        continue;
      }
      // Only a document that begins with its brace in the first column may go over lines, up to the next such brace.
      const mayGoOn = firstByte === 0x7b && scanner.position === at;
      if (mayGoOn) {
        if (next < at) next = block.indexOf(nextValue, at);
        scanner.end = next < 0 ? block.length : next;
      }
      const limit = scanner.end;
      let value: LoggedValue | null = null;
      let flaw = '';
      try {
        value = readLoggedValue(scanner, mostEvents);
        if (scanner.position > lineEnd) {
          const last = block.indexOf(newline, scanner.position);
          scanner.end = last < 0 ? block.length : last;
          // More of this line may come.
          if (last < 0 && !isLast) {
            wantedBytes = block.length - at + 1;
            break;
          }
        } else scanner.end = lineEnd;
        scanner.peek();
        if (!scanner.isAtEnd) {
          value = null;
          flaw = 'no JSON: something follows the value';
        }
      } catch (error) {
        if (!(error instanceof SnoopDbError)) throw error;
        const endsTooSoon = scanner.position >= limit;
        if (endsTooSoon && mayGoOn && next < 0 && !isLast) {
          wantedBytes = 2 * (block.length - at);
          break;
        }
        const isCut = endsTooSoon || scanner.position === lineEnd;
        flaw = isCut ? 'no JSON: it ends too soon' : `no JSON: unexpected byte at ${scanner.position - at} of the line`;
      }
      if (value !== null) {
        const { end } = scanner;
        let counted = lineEnd;
        for (const slice of listEvents(value, scanner)) {
          if (slice.start > counted) {
            line += countLines(block, counted, slice.start);
            counted = slice.start;
          }
          group.push({ body: block, slice, line, byteOffset: offset + slice.start });
          if (group.length < mostEvents) continue;
          yield finishGroup(block, group);
          group = [];
        }
        line += 1 + countLines(block, counted, end);
        at = end + 1;
      } else {
        const end = block[lineEnd - 1] === 0x0d && lineEnd > at ? lineEnd - 1 : lineEnd;
        group.push({ body: block, slice: createReject(at, end, flaw), line, byteOffset: offset + at });
        line += 1;
        at = lineEnd + 1;
      }
      if (group.length < mostEvents) continue;
      yield finishGroup(block, group);
      group = [];
    }
    const read = Math.min(at, block.length);
    if (group.length > 0) yield finishGroup(block, group);
    offset += read;
    return read;
  }

  function* keep(left: readonly Buffer[]): Groups {
    pending = left.filter(({ length }) => length > 0);
    pendingBytes = pending.reduce((sum, { length }) => sum + length, 0);
    yield* checkSize();
  }

  function* checkSize(): Groups {
    if (pendingBytes <= maxValueBytes) return;
    if (wantedBytes > 0) {
      throw new SnoopDbError(
        'unreadable_input',
        `${name} has a document of more than ${maxValueBytes} bytes over many lines, from line ${line} on. Write its events on one line each (jq -c '.items[]'). Nothing of it was loaded.`,
      );
    }
    const body = Buffer.concat(pending, Math.min(keptBytes, pendingBytes));
    const slice = createReject(0, body.length, `a line of more than ${maxValueBytes} bytes`);
    const event = { body, slice, line, byteOffset: offset };
    offset += pendingBytes;
    pending = [];
    pendingBytes = 0;
    isSkipping = true;
    yield [event];
  }

  return {
    *read(piece) {
      let rest = piece;
      if (isSkipping) {
        const end = rest.indexOf(newline);
        offset += end < 0 ? rest.length : end + 1;
        if (end < 0) return;
        isSkipping = false;
        line += 1;
        rest = rest.subarray(end + 1);
      }
      if (pendingBytes > 0) {
        const end = wantedBytes > 0 ? rest.length : rest.indexOf(newline) + 1;
        if (end === 0 || pendingBytes + end < wantedBytes) {
          pending.push(rest);
          pendingBytes += rest.length;
          yield* checkSize();
          return;
        }
        // The line that was begun is joined, and nothing but that: the piece itself is read where it lies.
        pending.push(rest.subarray(0, end));
        const head = Buffer.concat(pending);
        // What was joined is needed no more, while a line of 128 MiB is read.
        pending = [];
        const read = yield* readBlock(head, false);
        if (read < head.length) {
          yield* keep([cutEnd(head, read), rest.subarray(end)]);
          return;
        }
        rest = rest.subarray(end);
        yield* keep([]);
      }
      const read = yield* readBlock(rest, false);
      yield* keep([cutEnd(rest, read)]);
    },
    *end() {
      const [only, ...others] = pending;
      const block = only && others.length === 0 ? only : Buffer.concat(pending);
      pending = [];
      yield* readBlock(block, true);
    },
  };
}

/** A copy of what is short: a few bytes would keep all of the block in memory. */
function cutEnd(block: Buffer, from: number): Buffer {
  const end = block.subarray(from);
  return 2 * end.length < block.length ? Buffer.from(end) : end;
}

/** The scanner has stepped over the value. */
function listEvents({ events, itemsAt }: LoggedValue, scanner: JsonScanner): Iterable<EventSlice> {
  if (itemsAt === null) return events;
  scanner.moveTo(itemsAt, scanner.end);
  return readItemsAgain(scanner);
}

function finishGroup(block: Buffer, group: LoggedEvent[]): LoggedEvent[] {
  markBadText(
    block,
    group.map(({ slice }) => slice),
  );
  return group;
}

function createReject(start: number, end: number, reason: string): EventSlice {
  return { ...createSlice(), start, end, flaw: { reason, sqlstate: null } };
}

function countLines(block: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = block.indexOf(newline, from); at >= 0 && at < to; at = block.indexOf(newline, at + 1)) lines += 1;
  return lines;
}
