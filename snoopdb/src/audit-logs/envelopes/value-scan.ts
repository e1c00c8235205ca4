import { SnoopDbError } from '../../errors.ts';
import { type LoggedValue, readLoggedValue } from '../../events/event-list.ts';
import type { BlockCursor } from './block-cursor.ts';
import { maxTokenBytes } from './list-items.ts';
import { isIndent, mayFollow, openBrace, quote, skipBlanks, zeros } from './log-bytes.ts';

/** More of the log is needed. */
export interface Wait {
  what: 'wait';
  /** How many bytes are worth another attempt. */
  bytes: number;
  /** Whether the end of the line is, too. */
  forLine: boolean;
}

export type ScannedValue =
  | Wait
  /** The value has no end in the block; `limit` is where it ends at the latest. */
  | { what: 'cut'; wait: Wait; limit: number }
  | { what: 'damaged'; reason: string; limit: number }
  /** `value` is null for a string. */
  | { what: 'value'; value: LoggedValue | null; end: number; limit: number };

/** A value whose line has no end yet is scanned when this much of it was read. */
const firstAttemptBytes = 64 * 1024;

export function waitForLine(bytes: number): Wait {
  return { what: 'wait', bytes, forLine: true };
}

/** Scans the object or string at the cursor. An object may continue on the next lines, a string may not. */
export function scanValue(cursor: BlockCursor, firstByte: number, isInList: boolean): ScannedValue {
  const { block, at, scanner, isLast, lineStart } = cursor;
  if (cursor.isPartOfLine && cursor.bytesLeft < firstAttemptBytes) return waitForLine(firstAttemptBytes);
  const isObject = firstByte === openBrace;
  const isMultiline = isObject && (lineStart < 0 || lineStart === at || isIndent(block, lineStart, at));
  const limit = isMultiline ? cursor.findLimit() : cursor.lineEnd;
  scanner.moveTo(at, limit);
  let value: LoggedValue | null = null;
  try {
    if (firstByte === quote) scanner.skipValue();
    else value = readLoggedValue(scanner);
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    return describeFailure(cursor, limit);
  }
  const end = scanner.position;
  if (end > cursor.lineEnd) cursor.findLineEnd(end);
  const next = skipBlanks(block, end);
  if (next === block.length && !isLast && block.indexOf(zeros, end) < 0) return waitForLine(2 * cursor.bytesLeft);
  if (mayFollow(block, next, firstByte, isInList)) return { what: 'value', value, end, limit };
  if (cursor.isPartOfLine) return waitForLine(Number.POSITIVE_INFINITY);
  return { what: 'damaged', reason: 'no JSON: something follows the value', limit };
}

function describeFailure(cursor: BlockCursor, limit: number): ScannedValue {
  const { block, at, scanner, isLast, lineEnd, isPartOfLine } = cursor;
  if (scanner.position > limit - maxTokenBytes && limit === block.length && !isLast) {
    return { what: 'cut', wait: { what: 'wait', bytes: 2 * cursor.bytesLeft, forLine: isPartOfLine }, limit };
  }
  if (isPartOfLine) return waitForLine(Number.POSITIVE_INFINITY);
  const isCut = scanner.position >= limit || scanner.position === lineEnd;
  const reason = isCut
    ? 'no JSON: it ends too soon'
    : `no JSON: unexpected byte at ${scanner.position - at} of the line`;
  return { what: 'damaged', reason, limit };
}
