import { SnoopDbError } from '../errors.ts';
import type { KnownWords } from './known-words.ts';
import { OpenBrackets } from './open-brackets.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

// PostgreSQL keeps a number's digits: beyond this a few bytes would become kilobytes.
const largestExponent = 4096;
const largestNumberBytes = 4096;
/** As many digits may the numbers of one event claim by larger exponents than this, all together. */
const mostClaimedDigits = 200_000;
const ordinaryExponent = 64;
/** What PostgreSQL's numeric can hold before and after the point (documented at "Numeric Types"). */
const numericDigits = { before: 131_072, after: 16_383 };
/** Go reads no deeper (encoding/json); PostgreSQL's stack ends somewhere beyond. */
const deepest = 10_000;
/** An exponent of more digits is beyond every limit; a number of more bytes is no code of an answer. */
const longestExponent = 9;
const longestCode = 32;
/** Blanks, digits of a number and bytes of a key in one go. It rests in none of them, and no API server writes as many. */
const longestRun = 8 * 1024 * 1024;
/** Beyond all buffers, and still a number that is compared as quickly as a place in one. */
const never = 2 ** 30;
/** The longest escape of one character, `\ud83d\ude00`. */
const longestEscape = 12;

/** What is JSON, and yet must not be offered to PostgreSQL. */
export interface Flaw {
  reason: string;
  /** What PostgreSQL refuses it with; null for a limit of our own. */
  sqlstate: string | null;
}

const nulEscape: Flaw = { reason: 'the escape \\u0000, which jsonb cannot hold', sqlstate: '22P05' };
const loneSurrogate: Flaw = { reason: 'half a surrogate pair as an escape', sqlstate: '22P02' };
const hugeNumber: Flaw = { reason: 'a number out of all proportion', sqlstate: null };
const hugeNumbers: Flaw = { reason: 'numbers out of all proportion', sqlstate: null };
const numberOutOfRange: Flaw = { reason: 'a number that numeric cannot hold', sqlstate: '22003' };
const tooDeep: Flaw = { reason: `nesting of more than ${deepest} levels`, sqlstate: '54001' };

/**
 * Walks over JSON bytes without building values, so that parts of it can be cut out as they were sent.
 * It accepts what JSON.parse accepts, but blanks, numbers and keys of more than 8 MiB; bytes within strings need not be
 * UTF-8. Nesting costs no stack.
 * Every method that meets something else throws SnoopDbError `bad_body`.
 */
export class JsonScanner {
  readonly bytes: Buffer;
  /** Where the scanner stands. */
  position: number;
  /** Where what it may read ends. */
  end: number;
  /** The first flaw seen since {@link forgetFlaw}. */
  flaw: Flaw | null = null;
  #claimedDigits = 0;
  readonly #open = new OpenBrackets();
  #words: Int32Array | null = null;
  #stringStart = 0;
  #stringEnd = 0;
  #stringHasEscapes = false;
  /** Where it rests within the string at {@link position}; -1: it does not. */
  #restedAt = -1;
  #restsBehindValue = false;

  constructor(bytes: Buffer, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** Whether it stands at the end of what it may read. */
  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  /** Begins anew elsewhere in the same bytes. */
  moveTo(position: number, end: number): void {
    this.position = position;
    this.end = end;
    this.forgetFlaw();
    this.#open.clear();
    this.#restedAt = -1;
    this.#restsBehindValue = false;
  }

  /** To be called where another event begins. */
  forgetFlaw(): void {
    this.flaw = null;
    this.#claimedDigits = 0;
  }

  /** The next byte that is no blank; 0 at the end. */
  peek(): number {
    const { bytes, position } = this;
    const byte = position < this.end ? (bytes[position] ?? 0) : 0;
    return byte > 0x20 ? byte : this.#skipBlanks();
  }

  #skipBlanks(): number {
    const { bytes, position } = this;
    const end = Math.min(this.end, position + longestRun);
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
      `The body has more than ${longestRun} bytes of ${what} before ${this.position}.`,
    );
  }

  /** Steps over one wanted byte, blanks before it included. */
  expect(byte: number): void {
    if (this.peek() !== byte) this.fail();
    this.position += 1;
  }

  /** Fails unless nothing but blanks is left. */
  expectEnd(): void {
    this.peek();
    if (!this.isAtEnd) this.fail();
  }

  fail(): never {
    if (this.isAtEnd) throw new SnoopDbError('bad_body', 'The body is no JSON: it ends too soon.');
    throw new SnoopDbError('bad_body', `The body is no JSON: unexpected byte at ${this.position}.`);
  }

  /** Steps into the object here and over its first key; false, and past its end, when it is empty. */
  enterObject(): boolean {
    this.expect(openBrace);
    if (this.peek() !== closeBrace) {
      this.#skipKey();
      return true;
    }
    this.position += 1;
    return false;
  }

  /** After a member's value: steps over the next key; false, and past the object's end, when there is none. */
  enterNextMember(): boolean {
    const next = this.peek();
    this.position += 1;
    if (next === closeBrace) return false;
    if (next !== comma) this.#failBefore();
    this.#skipKey();
    return true;
  }

  /** Steps into the array here; false, and past its end, when it is empty. */
  enterArray(): boolean {
    this.expect(openBracket);
    if (this.peek() !== closeBracket) return true;
    this.position += 1;
    return false;
  }

  /** After an element: steps before the next one; false, and past the array's end, when there is none. */
  enterNextElement(): boolean {
    const next = this.peek();
    this.position += 1;
    if (next === closeBracket) return false;
    if (next !== comma) this.#failBefore();
    this.peek();
    return true;
  }

  /** Calls `visit` for each member of the object here; it must step over the value. {@link readString} is the key. */
  forEachMember(visit: () => void): void {
    if (!this.enterObject()) return;
    do visit();
    while (this.enterNextMember());
  }

  /** Whether the last key or string has escapes, so that its bytes are not its text. */
  get stringHasEscapes(): boolean {
    return this.#stringHasEscapes;
  }

  /** How many bytes the last key or string takes, as it is written. */
  get stringBytes(): number {
    return this.#stringEnd - this.#stringStart;
  }

  /**
   * The text of the last key or string.
   * @param most so many bytes of it are read at most: whoever sends it must not choose what it takes
   */
  readString(most: number): string {
    const { bytes } = this;
    const end = this.stringBytes <= most ? this.#stringEnd : this.#findCut(this.#stringStart + most);
    if (!this.#stringHasEscapes) return bytes.toString('utf8', this.#stringStart, end);
    return String(JSON.parse(`"${bytes.toString('utf8', this.#stringStart, end)}"`));
  }

  /** The last place up to there, within the last string, that is between two characters. */
  #findCut(limit: number): number {
    const { bytes } = this;
    let at = this.#stringStart;
    if (this.#stringHasEscapes) {
      // Between two escapes that are near the limit nothing tells which backslash begins one: they are counted from here.
      for (let next = at; next <= limit; ) {
        at = next;
        next += bytes[at] === backslash ? this.#escapeBytes(at) : 1;
      }
    } else at = limit;
    while (at > this.#stringStart && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
    return at;
  }

  /** The known text that the last key or string is; undefined when it is another, or has escapes. */
  findString(words: KnownWords): string | undefined {
    return this.#stringHasEscapes ? undefined : words.find(this.bytes, this.#stringStart, this.#stringEnd);
  }

  /** As {@link readText}, for texts that come again and again. */
  readFrequent(words: KnownWords, most: number): string {
    const known = this.findString(words);
    if (known !== undefined) return known;
    const text = this.readText(most);
    words.add(text);
    return text;
  }

  /**
   * What `read` makes of the last string's bytes, or else `readText` of its text; null when it is none of that.
   * @param most nor is a string of more bytes
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
   * @param most of a string of more bytes only so many are read, and the event has a flaw
   */
  readText(most: number): string {
    if (this.stringBytes > most) this.flaw ??= { reason: `a field of more than ${most} bytes`, sqlstate: null };
    return this.readString(most);
  }

  /** The number that was stepped over last, which began at `start`; null when it was none, or is long. */
  readNumber(start: number): number | null {
    const isShort = this.position - start <= longestCode;
    return isShort && isNumberStart(this.bytes[start] ?? 0)
      ? Number(this.bytes.toString('latin1', start, this.position))
      : null;
  }

  /** Steps over one value of any kind and depth. */
  skipValue(): void {
    if (this.peek() === quote) this.#skipString();
    else this.#walk(this.#open.depth, never);
  }

  /** How many brackets are open around where it stands, as {@link skipSome} counts them. */
  get depth(): number {
    return this.#open.depth;
  }

  /**
   * Steps over one value as {@link skipValue} does, but rests within it when it has come far.
   * @param depth what it was before the first step over this value
   * @returns whether the value's end is reached; else it is to be called again
   */
  skipSome(depth: number, bytes: number): boolean {
    return this.#walk(depth, Math.max(this.position, this.#restedAt) + bytes);
  }

  /** Returns false when it rests: before or behind a value within the one to step over, or within a string. */
  #walk(floor: number, restAt: number): boolean {
    const open = this.#open;
    for (;;) {
      if (!this.#restsBehindValue && !this.#stepIntoValue(restAt)) return false;
      this.#restsBehindValue = false;
      // The value has ended, and with it perhaps those around it.
      for (;;) {
        if (open.depth === floor) return true;
        if (this.position > restAt) {
          this.#restsBehindValue = true;
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
        open.close();
      }
    }
  }

  /** Over a value without others in it, and before it into all that it is in; false when it rests. */
  #stepIntoValue(restAt: number): boolean {
    for (;;) {
      if (this.position > restAt) return false;
      const byte = this.peek();
      if (byte === quote) return this.#skipString(restAt);
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
    this.#open.open(isObject);
    if (this.#open.depth > deepest) this.flaw ??= tooDeep;
  }

  #failBefore(): never {
    this.position -= 1;
    return this.fail();
  }

  #skipKey(): void {
    if (this.peek() !== quote) this.fail();
    if (!this.#skipString(this.position + longestRun)) this.#failTooLong('a key');
    this.expect(colon);
  }

  /** Returns false when it rests within the string; {@link position} stays where that begins. */
  #skipString(restAt = never): boolean {
    const { bytes, end } = this;
    const start = this.position;
    const isResumed = this.#restedAt >= 0;
    let at = isResumed ? this.#restedAt : start + 1;
    this.#restedAt = -1;
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
        if (at > restAt) return this.#rest(at);
      } else if (byte < 0x20) {
        break;
      } else {
        at += 1;
        if ((at & 127) < 4) {
          at = this.#skipPlain(at, restAt);
          if (at > restAt) return this.#rest(at);
        }
      }
    }
    // An escape that is cut may lead beyond the end.
    this.position = Math.min(at, end);
    return this.fail();
  }

  #rest(at: number): false {
    this.#restedAt = at;
    return false;
  }

  /** Steps over bytes of a long string that are neither its end, nor an escape, nor forbidden: four at a time. */
  #skipPlain(at: number, restAt: number): number {
    const { bytes } = this;
    const end = Math.min(this.end, restAt + longestEscape);
    const first = (4 - (bytes.byteOffset & 3)) & 3;
    // Where no word begins the caller goes on by itself.
    if (at < first || ((at - first) & 3) !== 0) return at;
    this.#words ??= new Int32Array(bytes.buffer, bytes.byteOffset + first, Math.max(0, (bytes.length - first) >> 2));
    const words = this.#words;
    let index = (at - first) >> 2;
    for (const last = (end - first) >> 2; index < last; index += 1) {
      const word = words[index] ?? 0;
      const quotes = word ^ 0x22222222;
      const backslashes = word ^ 0x5c5c5c5c;
      // Of a byte that is 0, or below 0x20, the highest bit comes out as 1: https://graphics.stanford.edu/~seander/bithacks.html
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

  /** The value of a `\uXXXX` escape; -1 when there is none. */
  #readUnit(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== backslash || bytes[at + 1] !== 0x75) return -1;
    let unit = 0;
    for (let place = at + 2; place < at + 6; place += 1) {
      const digit = readHexDigit(bytes[place]);
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
    if (this.position - start > largestNumberBytes) this.flaw ??= hugeNumber;
  }

  #readExponent(start: number): number {
    const { bytes, position } = this;
    let at = start;
    while (at < position && bytes[at] === 0x30) at += 1;
    return position - at > longestExponent ? Number.POSITIVE_INFINITY : Number(bytes.toString('latin1', at, position));
  }

  #noteExponent(exponent: number, isNegative: boolean): void {
    if (exponent > ordinaryExponent) this.#claimedDigits += exponent;
    if (exponent >= (isNegative ? numericDigits.after + 1 : numericDigits.before)) this.flaw ??= numberOutOfRange;
    else if (exponent > largestExponent) this.flaw ??= hugeNumber;
    else if (this.#claimedDigits > mostClaimedDigits) this.flaw ??= hugeNumbers;
  }

  #skipDigits(): void {
    const { bytes } = this;
    const start = this.position;
    let at = start;
    const end = start + longestRun;
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

/** -1 for a byte that is none. */
function readHexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function isNumberStart(byte: number): boolean {
  return byte === 0x2d || isDigit(byte);
}
