import { SnoopDbError } from '../errors.ts';
import type { KnownWords } from './known-words.ts';

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
 * It accepts what JSON.parse accepts; bytes within strings need not be UTF-8. Nesting costs no stack.
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
  readonly #open: number[] = [];
  #words: Int32Array | null = null;
  #stringStart = 0;
  #stringEnd = 0;
  #stringHasEscapes = false;

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
    this.#open.length = 0;
  }

  /** To be called where another event begins. */
  forgetFlaw(): void {
    this.flaw = null;
    this.#claimedDigits = 0;
  }

  /** The next byte that is no blank; 0 at the end. */
  peek(): number {
    const { bytes, end } = this;
    let at = this.position;
    for (;;) {
      const byte = at < end ? bytes[at] : 0;
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
        at += 1;
        continue;
      }
      this.position = at;
      return byte ?? 0;
    }
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

  /** The text of the last key or string. */
  readString(): string {
    const { bytes } = this;
    if (!this.#stringHasEscapes) return bytes.toString('utf8', this.#stringStart, this.#stringEnd);
    return String(JSON.parse(bytes.toString('utf8', this.#stringStart - 1, this.#stringEnd + 1)));
  }

  /** The known text that the last key or string is; undefined when it is another, or has escapes. */
  findString(words: KnownWords): string | undefined {
    return this.#stringHasEscapes ? undefined : words.find(this.bytes, this.#stringStart, this.#stringEnd);
  }

  /** As {@link takeString}, for texts that come again and again. */
  takeFrequent(words: KnownWords): string | null {
    if (this.peek() !== quote) {
      this.skipValue();
      return null;
    }
    this.#skipString();
    const known = this.findString(words);
    if (known !== undefined) return known;
    const text = this.readString();
    words.add(text);
    return text;
  }

  /** Steps over a value; what `read` makes of a string's bytes, or else `readText` of its text; null when it is none. */
  takeBytes<T>(
    read: (bytes: Buffer, start: number, end: number) => T | null,
    readText: (text: string) => T | null,
  ): T | null {
    if (this.peek() !== quote) {
      this.skipValue();
      return null;
    }
    this.#skipString();
    return read(this.bytes, this.#stringStart, this.#stringEnd) ?? readText(this.readString());
  }

  /** Steps over a value; its text when it is a string, else null. */
  takeString(): string | null {
    if (this.peek() !== quote) {
      this.skipValue();
      return null;
    }
    this.#skipString();
    return this.readString();
  }

  /** Steps over a value; the number when it is one, else null. */
  takeNumber(): number | null {
    const byte = this.peek();
    const start = this.position;
    this.skipValue();
    return isNumberStart(byte) ? Number(this.bytes.toString('latin1', start, this.position)) : null;
  }

  /** Steps over one value of any kind and depth. */
  skipValue(): void {
    this.#walk(this.#open.length, Number.POSITIVE_INFINITY);
  }

  /** How many brackets are open around where it stands, as {@link skipSome} counts them. */
  get depth(): number {
    return this.#open.length;
  }

  /**
   * Steps over one value as {@link skipValue} does, but rests within it when it has come far.
   * @param depth what it was before the first step over this value
   * @returns whether the value's end is reached; else it is to be called again
   */
  skipSome(depth: number, bytes: number): boolean {
    return this.#walk(depth, this.position + bytes);
  }

  /** Returns false when it rests, before a value within the one to step over. */
  #walk(floor: number, restAt: number): boolean {
    const open = this.#open;
    for (;;) {
      if (this.position > restAt) return false;
      const byte = this.peek();
      if (byte === quote) this.#skipString();
      else if (byte === openBrace) {
        this.position += 1;
        if (this.peek() !== closeBrace) {
          this.#push(openBrace);
          this.#skipKey();
          continue;
        }
        this.position += 1;
      } else if (byte === openBracket) {
        this.position += 1;
        if (this.peek() !== closeBracket) {
          this.#push(openBracket);
          continue;
        }
        this.position += 1;
      } else this.#skipScalar(byte);
      // The value has ended, and with it perhaps those around it.
      for (;;) {
        if (open.length === floor) return true;
        const around = open[open.length - 1];
        const next = this.peek();
        this.position += 1;
        if (next === comma) {
          if (around === openBrace) this.#skipKey();
          break;
        }
        if (next !== (around === openBrace ? closeBrace : closeBracket)) this.#failBefore();
        open.pop();
      }
    }
  }

  #push(bracket: number): void {
    this.#open.push(bracket);
    if (this.#open.length > deepest) this.flaw ??= tooDeep;
  }

  #failBefore(): never {
    this.position -= 1;
    return this.fail();
  }

  #skipKey(): void {
    if (this.peek() !== quote) this.fail();
    this.#skipString();
    this.expect(colon);
  }

  #skipString(): void {
    const { bytes, end } = this;
    let at = this.position + 1;
    this.#stringStart = at;
    this.#stringHasEscapes = false;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.#stringEnd = at;
        this.position = at + 1;
        return;
      }
      if (byte === backslash) {
        this.#stringHasEscapes = true;
        at += this.#escapeBytes(at);
      } else if (byte < 0x20) {
        break;
      } else {
        at += 1;
        if ((at & 127) < 4) at = this.#skipPlain(at);
      }
    }
    // An escape that is cut may lead beyond the end.
    this.position = Math.min(at, end);
    this.fail();
  }

  /** Steps over bytes of a long string that are neither its end, nor an escape, nor forbidden: four at a time. */
  #skipPlain(at: number): number {
    const { bytes, end } = this;
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
    for (let digit = at + 2; digit < at + 6; digit += 1) {
      if (!isHexDigit(bytes[digit])) return -1;
    }
    return Number.parseInt(bytes.toString('latin1', at + 2, at + 6), 16);
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
    const exponent = bytes[this.position];
    if (exponent === 0x65 || exponent === 0x45) {
      this.position += 1;
      const sign = bytes[this.position];
      if (sign === 0x2b || sign === 0x2d) this.position += 1;
      const digits = this.position;
      this.#skipDigits();
      this.#noteExponent(Number(bytes.toString('latin1', digits, this.position)), sign === 0x2d);
    }
    if (this.position - start > largestNumberBytes) this.flaw ??= hugeNumber;
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
    while (isDigit(bytes[at])) at += 1;
    this.position = at;
    if (at === start) this.fail();
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

function isNumberStart(byte: number): boolean {
  return byte === 0x2d || isDigit(byte);
}
