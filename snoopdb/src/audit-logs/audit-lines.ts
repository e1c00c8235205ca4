import { isUtf8 } from 'node:buffer';
import { SnoopDbError } from '../errors.ts';
import type { LogPlace } from '../events/audit-event.ts';
import { badText, createSlice, type EventSlice, readLoggedValue } from '../events/event-list.ts';
import { JsonScanner } from '../events/json-scanner.ts';
import type { LoadInput } from '../inputs/input.ts';
import { keptBytes } from '../rows/event-tables.ts';

/** An event of an audit log, or what stands there instead: its slice has a flaw then. */
export interface LoggedEvent extends Omit<LogPlace, 'number'> {
  /** Bytes of the log; the slice says which of them. */
  body: Buffer;
  slice: EventSlice;
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** Told of each piece of the unpacked log as it is read. */
  onBytes?: (bytes: Buffer) => void;
  /** What a line, or an event over several lines, may be long; 128 MiB unless told. */
  maxValueBytes?: number;
}

const newline = 0x0a;
const nextValue = Buffer.from('\n{');

/**
 * Reads the events of an audit log: one on each line, or an EventList as the API server's webhook sends it; also Event
 * and EventList documents that go over many lines, as long as each begins with a brace at the beginning of a line.
 * What is neither comes out as an event with a flaw. Yields what a piece of the log holds; nobody waits for more than
 * the line that is begun.
 * @throws SnoopDbError `unreadable_input` when the input fails, or has a document over many lines that is too long
 */
export async function* readAuditEvents(
  input: LoadInput,
  options: ReadOptions = {},
): AsyncGenerator<LoggedEvent[], void, undefined> {
  const reader = createLineReader(input.name, options.maxValueBytes ?? 128 * 2 ** 20);
  for await (const piece of input.open(options.signal)) {
    options.onBytes?.(piece);
    const events = reader.read(piece);
    if (events.length > 0) yield events;
  }
  const events = reader.end();
  if (events.length > 0) yield events;
}

interface LineReader {
  read(piece: Buffer): LoggedEvent[];
  end(): LoggedEvent[];
}

function createLineReader(name: string, maxValueBytes: number): LineReader {
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
  function readBlock(block: Buffer, isLast: boolean, events: LoggedEvent[]): number {
    const first = events.length;
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
      let slices: EventSlice[] | null = null;
      let flaw = '';
      try {
        slices = readLoggedValue(scanner);
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
          slices = null;
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
        if (error.code === 'too_many_events') flaw = 'a list of too many events for one value';
        else
          flaw = isCut
            ? 'no JSON: it ends too soon'
            : `no JSON: unexpected byte at ${scanner.position - at} of the line`;
      }
      if (slices !== null) {
        let counted = lineEnd;
        for (const slice of slices) {
          if (slice.start > counted) {
            line += countLines(block, counted, slice.start);
            counted = slice.start;
          }
          events.push({ body: block, slice, line, byteOffset: offset + slice.start });
        }
        line += 1 + countLines(block, counted, scanner.end);
        at = scanner.end + 1;
      } else {
        const end = block[lineEnd - 1] === 0x0d && lineEnd > at ? lineEnd - 1 : lineEnd;
        events.push({ body: block, slice: createReject(at, end, flaw), line, byteOffset: offset + at });
        line += 1;
        at = lineEnd + 1;
      }
    }
    const read = Math.min(at, block.length);
    markBadText(block, read, events, first);
    offset += read;
    return read;
  }

  function keep(left: readonly Buffer[], events: LoggedEvent[]): void {
    pending = left.filter(({ length }) => length > 0);
    pendingBytes = pending.reduce((sum, { length }) => sum + length, 0);
    checkSize(events);
  }

  function checkSize(events: LoggedEvent[]): void {
    if (pendingBytes <= maxValueBytes) return;
    if (wantedBytes > 0) {
      throw new SnoopDbError(
        'unreadable_input',
        `${name} has a document of more than ${maxValueBytes} bytes over many lines, from line ${line} on. Write its events on one line each (jq -c '.items[]'). Nothing of it was loaded.`,
      );
    }
    const body = Buffer.concat(pending, Math.min(keptBytes, pendingBytes));
    const slice = createReject(0, body.length, `a line of more than ${maxValueBytes} bytes`);
    events.push({ body, slice, line, byteOffset: offset });
    offset += pendingBytes;
    pending = [];
    pendingBytes = 0;
    isSkipping = true;
  }

  return {
    read(piece) {
      const events: LoggedEvent[] = [];
      let rest = piece;
      if (isSkipping) {
        const end = rest.indexOf(newline);
        offset += end < 0 ? rest.length : end + 1;
        if (end < 0) return events;
        isSkipping = false;
        line += 1;
        rest = rest.subarray(end + 1);
      }
      if (pendingBytes > 0) {
        const end = wantedBytes > 0 ? rest.length : rest.indexOf(newline) + 1;
        if (end === 0 || pendingBytes + end < wantedBytes) {
          pending.push(rest);
          pendingBytes += rest.length;
          checkSize(events);
          return events;
        }
        // The line that was begun is joined, and nothing but that: the piece itself is read where it lies.
        pending.push(rest.subarray(0, end));
        const head = Buffer.concat(pending);
        // What was joined is needed no more, while a line of 128 MiB is read.
        pending = [];
        const read = readBlock(head, false, events);
        if (read < head.length) {
          keep([cutEnd(head, read), rest.subarray(end)], events);
          return events;
        }
        rest = rest.subarray(end);
        keep([], events);
      }
      const read = readBlock(rest, false, events);
      keep([cutEnd(rest, read)], events);
      return events;
    },
    end() {
      const events: LoggedEvent[] = [];
      const [only, ...others] = pending;
      const block = only && others.length === 0 ? only : Buffer.concat(pending);
      pending = [];
      readBlock(block, true, events);
      return events;
    },
  };
}

/** A copy of what is short: a few bytes would keep all of the block in memory. */
function cutEnd(block: Buffer, from: number): Buffer {
  const end = block.subarray(from);
  return 2 * end.length < block.length ? Buffer.from(end) : end;
}

function createReject(start: number, end: number, reason: string): EventSlice {
  return { ...createSlice(), start, end, flaw: { reason, sqlstate: null } };
}

function countLines(block: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = block.indexOf(newline, from); at >= 0 && at < to; at = block.indexOf(newline, at + 1)) lines += 1;
  return lines;
}

function markBadText(block: Buffer, read: number, events: readonly LoggedEvent[], first: number): void {
  if (isUtf8(block.subarray(0, read))) return;
  for (const { slice } of events.slice(first)) {
    if (slice.flaw === null && !isUtf8(block.subarray(slice.start, slice.end))) {
      slice.flaw = badText;
    }
  }
}
