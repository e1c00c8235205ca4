import { SnoopDbError } from '../../errors.ts';
import { readLoggedValue } from '../../events/event-list.ts';
import { JsonScanner } from '../../events/json-scanner.ts';
import { JsonBalance } from './json-balance.ts';
import { holdsHeader, readHeader } from './line-header.ts';
import { finishGroup, type Groups, joinShapes, type LoggedEvent, type Place, shapes } from './logged-event.ts';

/** Reads a log in pieces and returns its events in small groups. */
export interface LogReader {
  /** Bytes that cannot be understood without what follows. */
  readonly pendingBytes: number;
  /** Whether a value or a list has begun that the next line can continue. */
  readonly isBegun: boolean;
  read(piece: Buffer): Groups;
  /** Ends the log; another may follow. */
  end(): Groups;
}

/** The text of a log's record, or a part of it. */
export interface UnwrappedText {
  shape: string;
  source: string;
  text: Buffer;
  /** Whether the line ends here; null if only its JSON can tell. */
  ends: boolean | null;
  place: Place;
}

/** The logs in a log's records. The records of each source are one log. */
export interface Streams {
  /** The sum of all logs, see {@link LogReader}. */
  readonly pendingBytes: number;
  /** Whether the log of this source {@link LogReader.isBegun has begun} something. */
  isBegun(source: Pick<UnwrappedText, 'shape' | 'source'>): boolean;
  add(unwrapped: UnwrappedText): Groups;
  /**
   * Ends what extends over several lines, since a line could not be read.
   * @param isDamaged whether the line may have been a part; otherwise it is a line of another program, and parts may
   *   continue after it
   */
  interrupt(isDamaged: boolean): Groups;
  end(): Groups;
}

interface Stream {
  reader: LogReader;
  balance: JsonBalance;
  /** The start of what is pending. */
  place: Place;
  /** Whether the last text was a part and another one is expected. */
  isOpen: boolean;
  /** Whether the JSON of the open line tells where the line ends. */
  isJson: boolean;
}

const maxStreams = 64;
const lineEnd = Buffer.from('\n');
const newline = 0x0a;
const eventStart = Buffer.from('{"kind":"Event","apiVersion":"audit.k8s.io/');

/**
 * @param outerShape what the log itself is wrapped in
 * @param createReader creates the reader for what is in records of a shape
 * @param maxPendingBytes the limit for what is pending in all logs, since parts may never end
 */
export function createStreams(
  outerShape: string,
  createReader: (shape: string) => LogReader,
  maxPendingBytes: number,
): Streams {
  const streams = new Map<string, Stream>();
  let pendingBytes = 0;
  let hasReject = false;

  function* relocate(stream: Stream, groups: Groups): Groups {
    const before = stream.reader.pendingBytes;
    try {
      for (const group of groups) {
        yield group.map((event): LoggedEvent => {
          if (event.shape === null) hasReject = true;
          return { ...event, ...stream.place };
        });
      }
    } finally {
      pendingBytes += stream.reader.pendingBytes - before;
    }
  }

  function* endStream(stream: Stream): Groups {
    stream.isOpen = false;
    yield* relocate(stream, stream.reader.end());
  }

  function* endStreams(isSelected: (stream: Stream) => boolean): Groups {
    for (const stream of streams.values()) if (isSelected(stream)) yield* endStream(stream);
  }

  function* findStream({ shape, source, place }: UnwrappedText): Groups<Stream> {
    const key = `${shape} ${source}`;
    const known = streams.get(key);
    // The map is ordered by last use.
    streams.delete(key);
    const [oldest] = streams.entries();
    if (oldest && streams.size >= maxStreams) {
      yield* endStream(oldest[1]);
      streams.delete(oldest[0]);
    }
    const stream = known ?? {
      reader: createReader(shape),
      balance: new JsonBalance(),
      place,
      isOpen: false,
      isJson: false,
    };
    streams.set(key, stream);
    return stream;
  }

  /** Whether the text, after what the stream had before, ends a line. */
  function* decideEnd(stream: Stream, { shape, text, ends }: UnwrappedText): Groups<boolean> {
    if (ends !== null) return ends;
    const { balance } = stream;
    if (stream.isOpen) balance.add(text);
    else {
      balance.clear();
      const header = readHeader(text, 0, text.length);
      const from = header?.isSure === true ? header.textAt : 0;
      stream.isJson = text[from] === 0x7b || text[from] === 0x5b;
      if (stream.isJson) balance.add(text.subarray(from));
      else if (hasFreeSource(shape)) yield* endStreams(({ isOpen }) => isOpen);
    }
    // Docker keeps the newline of each line; programs that read its logs do not.
    return stream.isJson ? !balance.isOpen : shape !== shapes.docker;
  }

  return {
    get pendingBytes() {
      return pendingBytes;
    },
    isBegun: ({ shape, source }) => streams.get(`${shape} ${source}`)?.reader.isBegun ?? false,
    *add(unwrapped) {
      const stream = yield* findStream(unwrapped);
      const { shape, text } = unwrapped;
      hasReject = false;
      if (!stream.isOpen && unwrapped.ends !== false && !stream.reader.isBegun) {
        const whole = readWholeEvent(text);
        if (whole !== null) {
          yield finishGroup(text, [{ ...whole, ...unwrapped.place, shape: joinShapes(outerShape, shape) }]);
          return;
        }
      }
      const isPart = stream.isOpen || unwrapped.ends === false;
      const isDamaged = isPart && holdsHeader(text);
      if (stream.isOpen && (isDamaged || beginsEvent(text))) yield* endStream(stream);
      if (stream.isOpen && unwrapped.ends === null && shape !== shapes.docker && hasHeader(text)) {
        // The line before was complete, though its JSON is not: its own header tells whether it continues.
        stream.isOpen = false;
        yield* relocate(stream, stream.reader.read(lineEnd));
      }
      const endsLine = (yield* decideEnd(stream, unwrapped)) || isDamaged;
      if (stream.reader.pendingBytes === 0) stream.place = unwrapped.place;
      // Copied, so that a part does not keep its whole block in memory.
      yield* relocate(stream, stream.reader.read(endsLine ? text : Buffer.from(text)));
      if (endsLine && text.at(-1) !== newline) yield* relocate(stream, stream.reader.read(lineEnd));
      stream.isOpen = !endsLine;
      if (hasReject && hasFreeSource(shape)) yield* endStreams((other) => other !== stream && isBegun(other));
      if (pendingBytes > maxPendingBytes) yield* endStreams(() => true);
    },
    interrupt: (isDamaged) => endStreams(({ reader, isOpen }) => (isOpen ? isDamaged : reader.pendingBytes > 0)),
    *end() {
      yield* endStreams(() => true);
      streams.clear();
    },
  };
}

/** Reads a text that is one event, the usual case; otherwise null. */
function readWholeEvent(text: Buffer): Pick<LoggedEvent, 'body' | 'slice'> | null {
  if (text[0] !== 0x7b) return null;
  const scanner = new JsonScanner(text);
  try {
    const { event: slice, foreign, kind } = readLoggedValue(scanner);
    scanner.peek();
    const isEvent = kind === 'Event' && foreign === null && scanner.isAtEnd;
    return isEvent ? { body: text, slice } : null;
  } catch (error) {
    if (error instanceof SnoopDbError) return null;
    throw error;
  }
}

/** Whether a source can have any name. Then a text that makes no sense in its log may belong to another one. */
function hasFreeSource(shape: string): boolean {
  return shape !== shapes.cri && shape !== shapes.docker;
}

function isBegun({ isOpen, reader }: Stream): boolean {
  return isOpen || reader.pendingBytes > 0;
}

function hasHeader(text: Buffer): boolean {
  return readHeader(text, 0, text.length)?.isSure === true;
}

/** Whether a text begins a new event though the one before is incomplete: the rest of that is lost. */
function beginsEvent(text: Buffer): boolean {
  if (text[0] !== 0x7b) return false;
  if (text.subarray(0, eventStart.length).equals(eventStart)) return true;
  const balance = new JsonBalance();
  balance.add(text);
  return !balance.isOpen && text.includes('"auditID"');
}
