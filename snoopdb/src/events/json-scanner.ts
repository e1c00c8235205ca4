import { SnoopDbError } from '../errors.ts';
import type { StringCache } from './string-cache.ts';
import { BracketStack } from './bracket-stack.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

// PostgreSQL stores a number's digits: beyond this a few bytes would become kilobytes.
const maxExponent = 4096;
const maxNumberBytes = 4096;
/** Limit for the digits of an event's numbers with larger exponents than this, together. */
const maxClaimedDigits = 200_000;
const ordinaryExponent = 64;
/** Digits of PostgreSQL's numeric before and after the point (documented at "Numeric Types"). */
const numericDigits = { before: 131_072, after: 16_383 };
/** Go's limit (encoding/json); PostgreSQL's stack ends somewhere beyond. */
const maxDepth = 10_000;
/** Longer exponents are beyond every limit; longer numbers are not status codes. */
const maxExponentDigits = 9;
const maxCodeBytes = 32;
/** Limit for consecutive blanks, digits of a number and bytes of a key: the scanner cannot pause in them. */
const maxRunBytes = 8 * 1024 * 1024;
/** Beyond all buffers, and still a small integer for V8. */
const never = 2 ** 30;
/** The longest escape of one character, `\ud83d\ude00`. */
const maxEscapeBytes = 12;

/** Why valid JSON must not be offered to PostgreSQL. */
export interface Flaw {
  reason: string;
  /** The error with which PostgreSQL refuses it; null for a limit of our own. */
  sqlstate: string | null;
}

const nulEscape: Flaw = { reason: 'the escape \\u0000, which jsonb cannot hold', sqlstate: '22P05' };
const loneSurrogate: Flaw = { reason: 'half a surrogate pair as an escape', sqlstate: '22P02' };
const hugeNumber: Flaw = { reason: 'a number out of all proportion', sqlstate: null };
const hugeNumbers: Flaw = { reason: 'numbers out of all proportion', sqlstate: null };
const numberOutOfRange: Flaw = { reason: 'a number that numeric cannot hold', sqlstate: '22003' };
const tooDeep: Flaw = { reason: `nesting of more than ${maxDepth} levels`, sqlstate: '54001' };

/**
 * Scans JSON bytes without building values, so that parts can be stored as they were sent. Accepts what JSON.parse
 * accepts, except blanks, numbers and keys of more than 8 MiB; bytes in strings need not be UTF-8. Nesting needs no
 * stack. Unexpected input throws SnoopDbError `bad_body`.
 */
export class JsonScanner {
  readonly bytes: Buffer;
  position: number;
  /** Where the readable bytes end. */
  end: number;
  /** The first flaw since {@link clearFlaw}. */
  flaw: Flaw | null = null;
  #claimedDigits = 0;
  readonly #open = new BracketStack();
  #words: Int32Array | null = null;
  #stringStart = 0;
  #stringEnd = 0;
  #stringHasEscapes = false;
  /** Where it paused within the string at {@link position}; -1 if it did not. */
  #pausedAt = -1;
  #isPausedAfterValue = false;

  constructor(bytes: Buffer, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  /** Restarts at another position of the same bytes. */
  moveTo(position: number, end: number): void {
    this.position = position;
    this.end = end;
    this.clearFlaw();
    this.#open.clear();
    this.#pausedAt = -1;
    this.#isPausedAfterValue = false;
  }

  /** Call it where another event begins. */
  clearFlaw(): void {
    this.flaw = null;
    this.#claimedDigits = 0;
  }

  /** The next byte that is not blank; 0 at the end. */
  peek(): number {
    const { bytes, position } = this;
    const byte = position < this.end ? (bytes[position] ?? 0) : 0;
    return byte > 0x20 ? byte : this.#skipBlanks();
  }

  #skipBlanks(): number {
    const { bytes, position } = this;
    const end = Math.min(this.end, position + maxRunBytes);
    let at = position;
    while (at < end && isBlank(bytes[at])) at += 1;
    this.position = at;
    if (at < end) return bytes[at] ?? 0;
    if (at < this.end) this.#failTooLong('blanks');
    return 0;
  }

  #failTooLong(what: string): never {
    throw new SnoopDbError(
      'bad_body',
      `The body has more than ${maxRunBytes} bytes of ${what} before ${this.position}.`,
    );
  }

  /** Skips blanks and the expected byte. */
  expect(byte: number): void {
    if (this.peek() !== byte) this.fail();
    this.position += 1;
  }

  /** Fails unless only blanks are left. */
  expectEnd(): void {
    this.peek();
    if (!this.isAtEnd) this.fail();
  }

  fail(): never {
    if (this.isAtEnd) throw new SnoopDbError('bad_body', 'The body is not JSON: it ends too soon.');
    throw new SnoopDbError('bad_body', `The body is not JSON: unexpected byte at ${this.position}.`);
  }

  /** Enters the object here and skips its first key; false, and past its end, if it is empty. */
  enterObject(): boolean {
    this.expect(openBrace);
    if (this.peek() !== closeBrace) {
      this.#skipKey();
      return true;
    }
    this.position += 1;
    return false;
  }

  /** After a member's value: skips the next key; false, and past the object's end, if there is none. */
  enterNextMember(): boolean {
    const next = this.peek();
    this.position += 1;
    if (next === closeBrace) return false;
    if (next !== comma) this.#failBefore();
    this.#skipKey();
    return true;
  }

  /** Enters the array here; false, and past its end, if it is empty. */
  enterArray(): boolean {
    this.expect(openBracket);
    if (this.peek() !== closeBracket) return true;
    this.position += 1;
    return false;
  }

  /** After an element: moves to the next one; false, and past the array's end, if there is none. */
  enterNextElement(): boolean {
    const next = this.peek();
    this.position += 1;
    if (next === closeBracket) return false;
    if (next !== comma) this.#failBefore();
    this.peek();
    return true;
  }

  /** Calls `visit` for each member of the object here; it must skip the value. {@link readString} is the key. */
  forEachMember(visit: () => void): void {
    if (!this.enterObject()) return;
    do visit();
    while (this.enterNextMember());
  }

  /** Whether the last key or string has escapes. */
  get stringHasEscapes(): boolean {
    return this.#stringHasEscapes;
  }

  /** The length of the last key or string as written. */
  get stringBytes(): number {
    return this.#stringEnd - this.#stringStart;
  }

  /**
   * The text of the last key or string.
   * @param most bytes that are read: the sender must not decide how much memory this takes
   */
  readString(most: number): string {
    const { bytes } = this;
    const end = this.stringBytes <= most ? this.#stringEnd : this.#findCut(this.#stringStart + most);
    if (!this.#stringHasEscapes) return bytes.toString('utf8', this.#stringStart, end);
    return String(JSON.parse(`"${bytes.toString('utf8', this.#stringStart, end)}"`));
  }

  /** The last boundary between two characters of the last string, up to the limit. */
  #findCut(limit: number): number {
    const { bytes } = this;
    let at = this.#stringStart;
    if (this.#stringHasEscapes) {
      // Only counting from the start tells which backslash begins an escape.
      for (let next = at; next <= limit; ) {
        at = next;
        next += bytes[at] === backslash ? this.#escapeBytes(at) : 1;
      }
    } else at = limit;
    while (at > this.#stringStart && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
    return at;
  }

  /** The cached text of the last key or string; undefined if it is not cached, or has escapes. */
  findCached(words: StringCache): string | undefined {
    return this.#stringHasEscapes ? undefined : words.find(this.bytes, this.#stringStart, this.#stringEnd);
  }

  /** Like {@link readText}, for frequent texts. */
  readCached(words: StringCache, most: number): string {
    const known = this.findCached(words);
    if (known !== undefined) return known;
    const text = this.readText(most);
    words.add(text);
    return text;
  }

  /**
   * The result of `read` for the last string's bytes, or else of `readText` for its text; null if neither can read it.
   * @param most longer strings are null
   */
  readBytes<T>(
    read: (bytes: Buffer, start: number, end: number) => T | null,
    readText: (text: string) => T | null,
    most: number,
  ): T | null {
    const found = read(this.bytes, this.#stringStart, this.#stringEnd);
    return found ?? (this.stringBytes <= most ? readText(this.readString(most)) : null);
  }

  /**
   * The text of the last string.
   * @param most bytes that are read; a longer string is a flaw
   */
  readText(most: number): string {
    if (this.stringBytes > most) this.flaw ??= { reason: `a field of more than ${most} bytes`, sqlstate: null };
    return this.readString(most);
  }

  /** The number skipped last, which began at `start`; null if it was not a number, or is long. */
  readNumber(start: number): number | null {
    const isShort = this.position - start <= maxCodeBytes;
    return isShort && isNumberStart(this.bytes[start] ?? 0)
      ? Number(this.bytes.toString('latin1', start, this.position))
      : null;
  }

  /** Skips one value of any kind and depth. */
  skipValue(): void {
    if (this.peek() === quote) this.#skipString();
    else this.#walk(this.#open.depth, never);
  }

  /** The number of open brackets, as {@link skipWithin} counts them. */
  get depth(): number {
    return this.#open.depth;
  }

  /**
   * Skips one value like {@link skipValue}, but pauses in it after so many bytes.
   * @param depth before the first call for this value
   * @returns whether the value's end is reached; otherwise call it again
   */
  skipWithin(depth: number, bytes: number): boolean {
    return this.#walk(depth, Math.max(this.position, this.#pausedAt) + bytes);
  }

  /** Returns false when it pauses: before or after an inner value, or within a string. */
  #walk(floor: number, pauseAt: number): boolean {
    const open = this.#open;
    for (;;) {
      if (!this.#isPausedAfterValue && !this.#stepIntoValue(pauseAt)) return false;
      this.#isPausedAfterValue = false;
      // The value has ended, and perhaps those around it.
      for (;;) {
        if (open.depth === floor) return true;
        if (this.position > pauseAt) {
          this.#isPausedAfterValue = true;
          return false;
        }
        const { isObject } = open;
        const next = this.peek();
        this.position += 1;
        if (next === comma) {
          if (isObject) this.#skipKey();
          break;
        }
        if (next !== (isObject ? closeBrace : closeBracket)) this.#failBefore();
        open.pop();
      }
    }
  }

  /** Skips a value without inner ones, and enters all values before it; false when it pauses. */
  #stepIntoValue(pauseAt: number): boolean {
    for (;;) {
      if (this.position > pauseAt) return false;
      const byte = this.peek();
      if (byte === quote) return this.#skipString(pauseAt);
      if (byte !== openBrace && byte !== openBracket) {
        this.#skipScalar(byte);
        return true;
      }
      const isObject = byte === openBrace;
      this.position += 1;
      if (this.peek() === (isObject ? closeBrace : closeBracket)) {
        this.position += 1;
        return true;
      }
      this.#push(isObject);
      if (isObject) this.#skipKey();
    }
  }

  #push(isObject: boolean): void {
    this.#open.push(isObject);
    if (this.#open.depth > maxDepth) this.flaw ??= tooDeep;
  }

  #failBefore(): never {
    this.position -= 1;
    return this.fail();
  }

  #skipKey(): void {
    if (this.peek() !== quote) this.fail();
    if (!this.#skipString(this.position + maxRunBytes)) this.#failTooLong('a key');
    this.expect(colon);
  }

  /** Returns false when it pauses within the string; {@link position} stays at its start. */
  #skipString(pauseAt = never): boolean {
    const { bytes, end } = this;
    const start = this.position;
    const isResumed = this.#pausedAt >= 0;
    let at = isResumed ? this.#pausedAt : start + 1;
    this.#pausedAt = -1;
    this.#stringStart = start + 1;
    if (!isResumed) this.#stringHasEscapes = false;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.#stringEnd = at;
        this.position = at + 1;
        return true;
      }
      if (byte === backslash) {
        this.#stringHasEscapes = true;
        at += this.#escapeBytes(at);
        if (at > pauseAt) return this.#pause(at);
      } else if (byte < 0x20) {
        break;
      } else {
        at += 1;
        if ((at & 127) < 4) {
          at = this.#skipPlain(at, pauseAt);
          if (at > pauseAt) return this.#pause(at);
        }
      }
    }
    // A truncated escape may lead beyond the end.
    this.position = Math.min(at, end);
    return this.fail();
  }

  #pause(at: number): false {
    this.#pausedAt = at;
    return false;
  }

  /** Skips plain bytes of a long string, four at a time. */
  #skipPlain(at: number, pauseAt: number): number {
    const { bytes } = this;
    const end = Math.min(this.end, pauseAt + maxEscapeBytes);
    const first = (4 - (bytes.byteOffset & 3)) & 3;
    // Not aligned: the caller goes on by itself.
    if (at < first || ((at - first) & 3) !== 0) return at;
    this.#words ??= new Int32Array(bytes.buffer, bytes.byteOffset + first, Math.max(0, (bytes.length - first) >> 2));
    const words = this.#words;
    let index = (at - first) >> 2;
    for (const last = (end - first) >> 2; index < last; index += 1) {
      const word = words[index] ?? 0;
      const quotes = word ^ 0x22222222;
      const backslashes = word ^ 0x5c5c5c5c;
      // Sets the highest bit of each byte that is 0, or below 0x20:
      // https://graphics.stanford.edu/~seander/bithacks.html
      const found =
        ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes) | ((word - 0x20202020) & ~word);
      if ((found & 0x80808080) !== 0) break;
    }
    return (index << 2) + first;
  }

  #escapeBytes(at: number): number {
    const { bytes } = this;
    switch (bytes[at + 1]) {
      case quote:
      case backslash:
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return 2;
      case 0x75: // u
        return this.#unicodeEscapeBytes(at);
      default:
    }
    this.position = at;
    return this.fail();
  }

  #unicodeEscapeBytes(at: number): number {
    const unit = this.#readUnit(at);
    if (unit < 0) {
      this.position = at;
      this.fail();
    }
    if (unit === 0) this.flaw ??= nulEscape;
    if (unit < 0xd800 || unit > 0xdfff) return 6;
    const next = unit <= 0xdbff ? this.#readUnit(at + 6) : -1;
    if (next >= 0xdc00 && next <= 0xdfff) return 12;
    this.flaw ??= loneSurrogate;
    return 6;
  }

  /** The value of a `\uXXXX` escape; -1 if there is none. */
  #readUnit(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== backslash || bytes[at + 1] !== 0x75) return -1;
    let unit = 0;
    for (let index = at + 2; index < at + 6; index += 1) {
      const digit = readHexDigit(bytes[index]);
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  }

  #skipScalar(byte: number): void {
    if (byte === 0x74) this.#skipWord('true');
    else if (byte === 0x66) this.#skipWord('false');
    else if (byte === 0x6e) this.#skipWord('null');
    else if (isNumberStart(byte)) this.#skipNumber();
    else this.fail();
  }

  #skipWord(word: string): void {
    const end = this.position + word.length;
    if (this.bytes.toString('latin1', this.position, end) !== word) this.fail();
    this.position = end;
  }

  #skipNumber(): void {
    const { bytes } = this;
    const start = this.position;
    if (bytes[this.position] === 0x2d) this.position += 1;
    if (bytes[this.position] === 0x30) this.position += 1;
    else this.#skipDigits();
    if (bytes[this.position] === 0x2e) {
      this.position += 1;
      this.#skipDigits();
    }
    const letter = bytes[this.position];
    if (letter === 0x65 || letter === 0x45) {
      this.position += 1;
      const sign = bytes[this.position];
      if (sign === 0x2b || sign === 0x2d) this.position += 1;
      const digits = this.position;
      this.#skipDigits();
      this.#noteExponent(this.#readExponent(digits), sign === 0x2d);
    }
    if (this.position - start > maxNumberBytes) this.flaw ??= hugeNumber;
  }

  #readExponent(start: number): number {
    const { bytes, position } = this;
    let at = start;
    while (at < position && bytes[at] === 0x30) at += 1;
    return position - at > maxExponentDigits
      ? Number.POSITIVE_INFINITY
      : Number(bytes.toString('latin1', at, position));
  }

  #noteExponent(exponent: number, isNegative: boolean): void {
    if (exponent > ordinaryExponent) this.#claimedDigits += exponent;
    if (exponent >= (isNegative ? numericDigits.after + 1 : numericDigits.before)) this.flaw ??= numberOutOfRange;
    else if (exponent > maxExponent) this.flaw ??= hugeNumber;
    else if (this.#claimedDigits > maxClaimedDigits) this.flaw ??= hugeNumbers;
  }

  #skipDigits(): void {
    const { bytes } = this;
    const start = this.position;
    let at = start;
    const end = start + maxRunBytes;
    while (at < end && isDigit(bytes[at])) at += 1;
    this.position = at;
    if (at === start) this.fail();
    if (at === end) this.#failTooLong('a number');
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** -1 for other bytes. */
function readHexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function isNumberStart(byte: number): boolean {
  return byte === 0x2d || isDigit(byte);
}
