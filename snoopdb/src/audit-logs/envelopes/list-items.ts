import { SnoopDbError } from '../../errors.ts';
import type { JsonScanner } from '../../events/json-scanner.ts';
import { closeBracket, comma, newline, openBrace, openBracket, quote, skipBlanks, zeros } from './log-bytes.ts';
import { listKeys } from './record.ts';

/** The longest escape or word: if it is cut, it looks like a wrong one. */
export const maxTokenBytes = 12;
/** The keys of a record's text, which may follow a list. */
const textKeys: ReadonlySet<string> = new Set(['log', 'message']);

/** A member of an object that follows its list. */
interface LaterMember {
  /** The end of its value; of another list, the end of its opening bracket. */
  end: number;
  isList: boolean;
  isItems: boolean;
  /** The start of a string that may be a record's text; otherwise null. */
  text: number | null;
}

/** Whether a number, true, false or null can begin with this byte. */
export function beginsScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x74 || byte === 0x66 || byte === 0x6e;
}

/** Whether an item of a list, or the end of the list, can begin with this byte. */
export function beginsItem(byte: number | undefined): boolean {
  return byte === openBrace || byte === openBracket || byte === quote || byte === closeBracket || beginsScalar(byte);
}

/**
 * Finds the end of a number, true, false or null in a list.
 * @returns null if it is not an item; 'cut' if more of the log is needed to decide
 */
export function findScalarEnd(scanner: JsonScanner, at: number, isLast: boolean): number | 'cut' | null {
  const { bytes } = scanner;
  scanner.moveTo(at, bytes.length);
  try {
    scanner.skipValue();
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    return scanner.position > bytes.length - maxTokenBytes && !isLast ? 'cut' : null;
  }
  const end = scanner.position;
  const next = skipBlanks(bytes, end);
  if (next === bytes.length && !isLast && bytes.indexOf(zeros, end) < 0) return 'cut';
  const byte = bytes[next];
  return byte === undefined || byte === comma || byte === closeBracket || byte === newline ? end : null;
}

/**
 * Decides from what follows a comma or an opening bracket whether it belongs to a list.
 * @param next the position of the next byte that is not blank
 * @param isInList whether a list is open; otherwise this may be a line of another program
 */
export function belongsToList(
  scanner: JsonScanner,
  next: number,
  isBracket: boolean,
  isInList: boolean,
  isLast: boolean,
): boolean | 'cut' {
  const { bytes } = scanner;
  const byte = bytes[next];
  if (byte === undefined || byte === newline) return true;
  if (!beginsScalar(byte)) return beginsItem(byte);
  if (isInList || !isBracket) return isInList;
  const end = findScalarEnd(scanner, next, isLast);
  if (typeof end !== 'number') return end === 'cut' ? 'cut' : false;
  const follows = skipBlanks(bytes, end);
  if (bytes[follows] !== closeBracket) return bytes[follows] === comma;
  // "[1] started" is a line of another program.
  const after = skipBlanks(bytes, follows + 1);
  if (after === bytes.length) return isLast || bytes.indexOf(zeros, follows) >= 0 || 'cut';
  return bytes[after] === newline;
}

/** Skips a member of an object that follows its list. */
export function skipMember(scanner: JsonScanner, from: number): LaterMember | 'cut' | 'damaged' {
  const { bytes } = scanner;
  scanner.moveTo(from, bytes.length);
  try {
    scanner.skipValue();
    const key = scanner.stringBytes < 20 ? scanner.readString(20) : '';
    scanner.expect(0x3a);
    const first = scanner.peek();
    if (listKeys.has(key) && first === openBracket) {
      return { end: scanner.position + 1, isList: true, isItems: key === 'items', text: null };
    }
    const valueAt = scanner.position;
    scanner.skipValue();
    // A number may continue.
    if (scanner.isAtEnd) return 'cut';
    const text = textKeys.has(key) && first === quote ? valueAt : null;
    return { end: scanner.position, isList: false, isItems: false, text };
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    return scanner.position > bytes.length - maxTokenBytes ? 'cut' : 'damaged';
  }
}
