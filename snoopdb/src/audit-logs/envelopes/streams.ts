import { SnoopDbError } from '../../errors.ts';
import { readLoggedValue } from '../../events/event-list.ts';
import { JsonScanner } from '../../events/json-scanner.ts';
import { JsonBalance } from './json-balance.ts';
import { holdsHeader, readHeader } from './line-header.ts';
import { finishGroup, type Groups, joinShapes, type LoggedEvent, type Place, shapes } from './logged-event.ts';

/** Reads a log that comes in pieces, in groups of events that take little memory. */
export interface LogReader {
  /** Bytes that cannot be understood without what follows. */
  readonly pendingBytes: number;
  /** Whether something has begun that goes on with the next line. */
  readonly isBegun: boolean;
  read(piece: Buffer): Groups;
  /** What was begun has its end here; another log may follow. */
  end(): Groups;
}

/** A text out of a log's record, or a part of one. */
export interface UnwrappedText {
  shape: string;
  source: string;
  text: Buffer;
  /** Whether the line ends here; null: its JSON tells. */
  ends: boolean | null;
  place: Place;
}

/** The logs within a log: what its records hold is read as a log of its own for each source. */
export interface Streams {
  /** Of all of them, as of a reader. */
  readonly pendingBytes: number;
  /** Whether the log of this source has begun something that goes on with its next line. */
  isBegun(of: Pick<UnwrappedText, 'shape' | 'source'>): boolean;
  add(unwrapped: UnwrappedText): Groups;
  /**
   * A line of the log could not be read: nothing that goes over lines may go on behind it.
   * @param isDamaged whether it may have been a part; else parts go on behind it, as behind a line of another program
   */
  breakOff(isDamaged: boolean): Groups;
  end(): Groups;
}

interface Stream {
  reader: LogReader;
  balance: JsonBalance;
  /** Where what is pending began. */
  place: Place;
  /** Whether the last text was a part that is to go on. */
  isOpen: boolean;
  /** Whether its JSON tells where the line ends that is open. */
  isJson: boolean;
}

const mostStreams = 64;
const lineEnd = Buffer.from('\n');
const newline = 0x0a;
const anEvent = Buffer.from('{"kind":"Event","apiVersion":"audit.k8s.io/');

/**
 * @param outerShape what the log itself lies in
 * @param createReader makes the reader of what lies in records of a shape
 * @param mostBytes of all that is pending together: parts may never end
 */
export function createStreams(
  outerShape: string,
  createReader: (shape: string) => LogReader,
  mostBytes: number,
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

  function* breakOne(stream: Stream): Groups {
    stream.isOpen = false;
    yield* relocate(stream, stream.reader.end());
  }

  function* breakAll(isMeant: (stream: Stream) => boolean): Groups {
    for (const stream of streams.values()) if (isMeant(stream)) yield* breakOne(stream);
  }

  function* find({ shape, source, place }: UnwrappedText): Groups<Stream> {
    const key = `${shape} ${source}`;
    const known = streams.get(key);
    // Those that were heard of last are the last ones.
    streams.delete(key);
    const [oldest] = streams.entries();
    if (oldest && streams.size >= mostStreams) {
      yield* breakOne(oldest[1]);
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

  /** Whether the text ends a line, after what the stream had before. */
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
      else if (hasFreeSource(shape)) yield* breakAll(({ isOpen }) => isOpen);
    }
    // Docker ends each line as it was ended; programs that read its logs do not.
    return stream.isJson ? !balance.isOpen : shape !== shapes.docker;
  }

  return {
    get pendingBytes() {
      return pendingBytes;
    },
    isBegun: ({ shape, source }) => streams.get(`${shape} ${source}`)?.reader.isBegun ?? false,
    *add(unwrapped) {
      const stream = yield* find(unwrapped);
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
      if (stream.isOpen && (isDamaged || beginsAnew(text))) yield* breakOne(stream);
      if (stream.isOpen && unwrapped.ends === null && shape !== shapes.docker && hasHeader(text)) {
        // The line before it was whole, though its JSON is not: its own header says whether it goes on.
        stream.isOpen = false;
        yield* relocate(stream, stream.reader.read(lineEnd));
      }
      const endsLine = (yield* decideEnd(stream, unwrapped)) || isDamaged;
      if (stream.reader.pendingBytes === 0) stream.place = unwrapped.place;
      // A part must not keep all of the block that it lies in.
      yield* relocate(stream, stream.reader.read(endsLine ? text : Buffer.from(text)));
      if (endsLine && text.at(-1) !== newline) yield* relocate(stream, stream.reader.read(lineEnd));
      stream.isOpen = !endsLine;
      if (hasReject && hasFreeSource(shape)) yield* breakAll((other) => other !== stream && isBegun(other));
      if (pendingBytes > mostBytes) yield* breakAll(() => true);
    },
    breakOff: (isDamaged) => breakAll(({ reader, isOpen }) => (isOpen ? isDamaged : reader.pendingBytes > 0)),
    *end() {
      yield* breakAll(() => true);
      streams.clear();
    },
  };
}

/** The event that a text is as a whole, which is the usual case; null: it is another text. */
function readWholeEvent(text: Buffer): Pick<LoggedEvent, 'body' | 'slice'> | null {
  if (text[0] !== 0x7b) return null;
  const scanner = new JsonScanner(text);
  try {
    const { event: slice, foreign, kind } = readLoggedValue(scanner);
    scanner.peek();
    const isOne = kind === 'Event' && foreign === null && scanner.isAtEnd;
    return isOne ? { body: text, slice } : null;
  } catch (error) {
    if (error instanceof SnoopDbError) return null;
    throw error;
  }
}

/**
 * Whether a source is a name that can be any. Then what makes no sense where it is may be missing elsewhere: its name was
 * damaged.
 */
function hasFreeSource(shape: string): boolean {
  return shape !== shapes.cri && shape !== shapes.docker;
}

function isBegun({ isOpen, reader }: Stream): boolean {
  return isOpen || reader.pendingBytes > 0;
}

function hasHeader(text: Buffer): boolean {
  return readHeader(text, 0, text.length)?.isSure === true;
}

/** Whether a text is an event of its own, though the one before it has not ended: the rest of that is lost. */
function beginsAnew(text: Buffer): boolean {
  if (text[0] !== 0x7b) return false;
  if (text.subarray(0, anEvent.length).equals(anEvent)) return true;
  const balance = new JsonBalance();
  balance.add(text);
  return !balance.isOpen && text.includes('"auditID"');
}
