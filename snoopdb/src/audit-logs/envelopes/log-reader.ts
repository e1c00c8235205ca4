import { SnoopDbError } from '../../errors.ts';
import { keptBytes } from '../../rows/event-tables.ts';
import { createBlockReader } from './block-reader.ts';
import { cutEnd, findNextLine, newline } from './log-bytes.ts';
import { createReject, type Groups, joinShapes } from './logged-event.ts';
import { createStreams, type LogReader } from './streams.ts';

export interface LogReaderOptions {
  /** The log's name in errors. */
  name: string;
  /** The limit for a line, and for an event over several lines. */
  maxValueBytes: number;
  /** What the log is wrapped in; default: nothing. */
  shape?: string;
  /** How many logs it is nested in; default: 0. */
  depth?: number;
}

/** Reads a log piece by piece: joins what one piece begins and the next one ends, and skips lines that are too long. */
export function createLogReader(options: LogReaderOptions): LogReader {
  const { name, maxValueBytes, shape = '', depth = 0 } = options;
  const streams = createStreams(
    shape,
    (inner) => createLogReader({ ...options, shape: joinShapes(shape, inner), depth: depth + 1 }),
    maxValueBytes,
  );
  const blocks = createBlockReader(shape, depth, streams);
  const { lists, position } = blocks;
  /** What cannot be understood without what follows. */
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let isSkipping = false;

  /** Adds bytes to what is pending. */
  function* keep(...buffers: readonly Buffer[]): Groups {
    for (const buffer of buffers) {
      if (buffer.length > 0) pending.push(buffer);
      pendingBytes += buffer.length;
    }
    if (pendingBytes > maxValueBytes) yield* rejectPending();
  }

  function takePending(): Buffer {
    const [first, ...others] = pending;
    const block = first && others.length === 0 ? first : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    return block;
  }

  function* rejectPending(): Groups {
    if (blocks.wait?.forLine !== true && depth === 0) {
      throw new SnoopDbError(
        'unreadable_input',
        `${name} has a document of more than ${maxValueBytes} bytes over many lines, from line ${position.line} on. Write its events on one line each (jq -c '.items[]'). Nothing of it was loaded.`,
      );
    }
    const body = Buffer.concat(pending, Math.min(keptBytes, pendingBytes));
    const slice = createReject(0, body.length, `a line of more than ${maxValueBytes} bytes`);
    const event = { body, slice, ...position, shape: null };
    position.byteOffset += pendingBytes;
    pending = [];
    pendingBytes = 0;
    isSkipping = true;
    yield [event];
    yield* streams.interrupt(true);
  }

  /** Skips the rest of a line that was too long; returns what follows it. */
  function skipLine(piece: Buffer): Buffer {
    const end = findNextLine(piece);
    position.byteOffset += end < 0 ? piece.length : end;
    if (end < 0) return Buffer.alloc(0);
    isSkipping = false;
    lists.skipLine();
    if (piece[end - 1] === newline) position.line += 1;
    return piece.subarray(end);
  }

  return {
    get pendingBytes() {
      return pendingBytes + streams.pendingBytes;
    },
    get isBegun() {
      return pendingBytes > 0 || lists.count > 0;
    },
    *read(piece) {
      let rest = isSkipping ? skipLine(piece) : piece;
      if (rest.length === 0) return;
      if (pendingBytes > 0) {
        const lineEnd = blocks.wait?.forLine === true ? findNextLine(rest) : -1;
        if (lineEnd < 0 && pendingBytes + rest.length < (blocks.wait?.bytes ?? 0)) {
          yield* keep(rest);
          return;
        }
        // Joins only the line that was begun: the rest of the piece is read without a copy.
        const end = lineEnd < 0 ? rest.length : lineEnd;
        pending.push(rest.subarray(0, end));
        rest = rest.subarray(end);
        const head = takePending();
        const bytes = yield* blocks.read(head, false);
        if (bytes < head.length) {
          yield* keep(cutEnd(head, bytes), rest);
          return;
        }
      }
      if (rest.length === 0) return;
      const bytes = yield* blocks.read(rest, false);
      yield* keep(cutEnd(rest, bytes));
    },
    *end() {
      yield* blocks.read(takePending(), true);
      yield* streams.end();
      lists.clear();
      isSkipping = false;
    },
  };
}
