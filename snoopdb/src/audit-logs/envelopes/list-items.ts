import { SnoopDbError } from '../../errors.ts';
import type { JsonScanner } from '../../events/json-scanner.ts';
import { closeBracket, comma, newline, openBrace, openBracket, quote, skipBlanks, zeros } from './log-bytes.ts';
import { listKeys } from './record.ts';

/** An escape or a word that is cut looks like one that is wrong. */
export const longestToken = 12;
/** Of a record's text, which may stand behind a list. */
const textKeys: ReadonlySet<string> = new Set(['log', 'message']);

/** A member of an object that stands behind its list. */
interface MemberBehind {
  /** Behind its value; of another list behind the bracket. */
  end: number;
  isList: boolean;
  /** Where a text begins that may be a record's; null: there is none. */
  text: number | null;
}

/** Whether a number, true, false or null begins there, unless it is a word. */
export function beginsScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x74 || byte === 0x66 || byte === 0x6e;
}

/** Whether an item of a list begins there, or the list ends. */
export function beginsItem(byte: number | undefined): boolean {
  return byte === openBrace || byte === openBracket || byte === quote || byte === closeBracket || beginsScalar(byte);
}

/**
 * Where the number, true, false or null ends that is an item of a list; null: it is none; 'cut': more of the log has to
 * be read.
 */
export function findScalarEnd(scanner: JsonScanner, at: number, isLast: boolean): number | 'cut' | null {
  const { bytes } = scanner;
  scanner.moveTo(at, bytes.length);
  try {
    scanner.skipValue();
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    return scanner.position > bytes.length - longestToken && !isLast ? 'cut' : null;
  }
  const end = scanner.position;
  const next = skipBlanks(bytes, end);
  if (next === bytes.length && !isLast && bytes.indexOf(zeros, end) < 0) return 'cut';
  const byte = bytes[next];
  return byte === undefined || byte === comma || byte === closeBracket || byte === newline ? end : null;
}

/**
 * Whether a comma or an opening bracket is that of a list, by what follows it.
 * @param next where the next byte is that is no blank
 * @param isInList whether a list is open; else this may be a line of another program
 */
export function isOfList(
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
  const behind = skipBlanks(bytes, follows + 1);
  if (behind === bytes.length) return isLast || bytes.indexOf(zeros, follows) >= 0 || 'cut';
  return bytes[behind] === newline;
}

/** Steps over a member of an object that stands behind its list. */
export function stepOverMember(its: JsonScanner, from: number): MemberBehind | 'cut' | 'damaged' {
  const { bytes } = its;
  its.moveTo(from, bytes.length);
  try {
    its.skipValue();
    const key = its.stringBytes < 20 ? its.readString(20) : '';
    its.expect(0x3a);
    const first = its.peek();
    if (listKeys.has(key) && first === openBracket) return { end: its.position + 1, isList: true, text: null };
    const valueAt = its.position;
    its.skipValue();
    // A number goes on as long as it has digits.
    if (its.isAtEnd) return 'cut';
    const text = textKeys.has(key) && first === quote ? valueAt : null;
    return { end: its.position, isList: false, text };
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    return its.position > bytes.length - longestToken ? 'cut' : 'damaged';
  }
}
