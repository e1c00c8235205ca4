import { looksLikeHeader } from './line-header.ts';

export const newline = 0x0a;
export const quote = 0x22;
export const comma = 0x2c;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
/** Zeros that a log's rotation or a crash left; another line follows them. */
export const zeros = Buffer.alloc(16);

/** Returns the end of a block, copied if it is short, so that a few bytes do not keep the whole block in memory. */
export function cutEnd(block: Buffer, from: number): Buffer {
  const end = block.subarray(from);
  return 2 * end.length < block.length ? Buffer.from(end) : end;
}

/** Finds the first byte after the newline, or after the zeros, that end a line; -1 if there are none. */
export function findNextLine(bytes: Buffer): number {
  const end = bytes.indexOf(newline);
  if (end >= 0) return end + 1;
  const cut = bytes.indexOf(zeros);
  return cut < 0 ? -1 : cut + zeros.length;
}

/** Skips blanks and zeros, but not newlines. */
export function skipBlanks(block: Buffer, from: number): number {
  let at = from;
  for (; at < block.length; at += 1) {
    const byte = block[at];
    if (byte !== 0 && byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) break;
  }
  return at;
}

/** Skips blanks, zeros and newlines. */
export function findText(block: Buffer, from: number): number {
  let at = skipBlanks(block, from);
  while (block[at] === newline) at = skipBlanks(block, at + 1);
  return at;
}

export function isIndent(block: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (block[at] !== 0x20 && block[at] !== 0x09) return false;
  return to - from < 200;
}

/** Whether a value can be followed by this byte: the end of a list, the next value, or a newline. */
export function mayFollow(block: Buffer, at: number, firstByte: number, isListed: boolean): boolean {
  const next = block[at];
  // A string can be an item only if the beginning of its list was not cut off.
  const mayBeListed = firstByte === openBrace || isListed;
  return (
    next === undefined ||
    next === newline ||
    (mayBeListed && (next === comma || next === closeBracket)) ||
    (next === openBrace && firstByte === openBrace) ||
    (next === quote && firstByte === quote)
  );
}

/** Whether a line without an event may be a damaged record, so that other records lack a part. */
export function looksDamaged(block: Buffer, start: number, end: number): boolean {
  const [first, last] = [block[start], block[end - 1]];
  return (
    first === openBrace ||
    first === quote ||
    last === closeBrace ||
    last === closeBracket ||
    last === comma ||
    looksLikeHeader(block, start, end)
  );
}

export function countLines(block: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = block.indexOf(newline, from); at >= 0 && at < to; at = block.indexOf(newline, at + 1)) lines += 1;
  return lines;
}
