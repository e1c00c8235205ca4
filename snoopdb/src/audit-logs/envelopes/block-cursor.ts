import { JsonScanner } from '../../events/json-scanner.ts';
import { countLines, newline, skipBlanks, zeros } from './log-bytes.ts';
import type { Place } from './logged-event.ts';

const nextObject = Buffer.from('\n{');

/** A position in a block of a log, and the line around it. */
export class BlockCursor {
  readonly block: Buffer;
  /** Whether the log ends with this block. */
  readonly isLast: boolean;
  readonly scanner: JsonScanner;
  /** The position in the block. */
  at = 0;
  line: number;
  /** The end of the line; the block's end if it is not in the block. */
  lineEnd = -1;
  /** Whether zeros end the line instead of a newline. */
  endsAtZeros = false;
  /** The start of the line if only blanks are between it and the position; otherwise -1. */
  lineStart: number;
  readonly #blockOffset: number;
  /** The next line in this block that begins with an object, by its indent; see {@link findLimit}. */
  #objectLine = -1;
  readonly #indentedLines = new Map<string, number>();

  /**
   * @param start the start of the block in the log
   * @param isLineStart whether the block begins with a new line
   */
  constructor(block: Buffer, isLast: boolean, start: Place, isLineStart: boolean) {
    this.block = block;
    this.isLast = isLast;
    this.scanner = new JsonScanner(block);
    this.line = start.line;
    this.#blockOffset = start.byteOffset;
    this.lineStart = isLineStart ? 0 : -1;
  }

  get hasLineEnd(): boolean {
    return this.lineEnd < this.block.length;
  }

  /** Whether the rest of the line is in the next block. */
  get isPartOfLine(): boolean {
    return !this.hasLineEnd && !this.isLast;
  }

  /** Bytes of the block that are not read yet. */
  get bytesLeft(): number {
    return this.block.length - this.at;
  }

  place(at = this.at): Place {
    return { line: this.line, byteOffset: this.#blockOffset + at };
  }

  /** Skips a byte order mark, which some programs write. */
  skipByteOrderMark(): void {
    const { block } = this;
    if (block[0] !== 0xef || block[1] !== 0xbb || block[2] !== 0xbf) return;
    this.at = 3;
    this.lineStart = 3;
  }

  /** Skips blanks and zeros, and returns the next byte; undefined at the end of the block. */
  skipToNext(): number | undefined {
    const { block } = this;
    let byte = block[this.at];
    if (byte === 0 || byte === 0x20 || byte === 0x09 || byte === 0x0d) {
      this.at = skipBlanks(block, this.at);
      byte = block[this.at];
      if (block[this.at - 1] === 0) this.lineStart = this.at;
    }
    if (byte !== undefined && this.lineEnd < this.at) {
      this.findLineEnd(this.at);
      if (!this.hasLineEnd) this.cutLineAtZeros();
    }
    return byte;
  }

  findLineEnd(from: number): void {
    const end = this.block.indexOf(newline, from);
    this.lineEnd = end < 0 ? this.block.length : end;
    this.endsAtZeros = false;
  }

  cutLineAtZeros(): void {
    const cut = this.block.subarray(this.at, this.lineEnd).indexOf(zeros);
    if (cut < 0) return;
    this.lineEnd = this.at + cut;
    this.endsAtZeros = true;
  }

  /** Moves to the next line. */
  endLine(): void {
    if (this.endsAtZeros) this.at = this.lineEnd;
    else {
      this.line += 1;
      this.at = this.lineEnd + 1;
    }
    this.lineStart = this.at;
  }

  /** Moves past a comma or bracket. */
  skipByte(): void {
    this.at += 1;
    this.lineStart = -1;
  }

  /** Moves to a position that may be on a later line. */
  moveTo(at: number): void {
    this.line += countLines(this.block, this.at, at);
    this.at = at;
  }

  /** Moves to the end of a value. */
  movePast(at: number): void {
    this.moveTo(at);
    this.lineStart = -1;
  }

  /**
   * Finds the next line that begins with an object and has the indent of this one: a damaged object ends before it, at
   * the latest.
   */
  findLimit(): number {
    const { block, at, lineStart } = this;
    if (lineStart < 0 || lineStart === at) {
      if (this.#objectLine < at) this.#objectLine = findOrEnd(block, block.indexOf(nextObject, at));
      return this.#objectLine;
    }
    const indent = block.toString('latin1', lineStart, at);
    let limit = this.#indentedLines.get(indent) ?? -1;
    if (limit < at) {
      limit = findOrEnd(block, block.indexOf(`\n${indent}{`, at, 'latin1'));
      this.#indentedLines.set(indent, limit);
    }
    return limit;
  }
}

function findOrEnd(block: Buffer, found: number): number {
  return found < 0 ? block.length : found;
}
