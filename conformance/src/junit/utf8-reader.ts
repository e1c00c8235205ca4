/** A piece of text. `isBroken`: the byte after it does not belong to UTF-8. */
export interface Utf8Piece {
  readonly text: string;
  readonly isBroken: boolean;
}

const sliceBytes = 64 * 1024;

/** Decodes bytes as UTF-8 in pieces of at most 64 KiB, without a byte order mark. The last piece may be broken. */
export class Utf8Reader {
  #rest = Buffer.alloc(0);
  #isFirst = true;

  *read(chunk: Uint8Array): Generator<Utf8Piece> {
    for (let start = 0; start < chunk.length; start += sliceBytes) {
      const bytes = Buffer.concat([this.#rest, chunk.subarray(start, start + sliceBytes)]);
      const end = findCompleteEnd(bytes);
      this.#rest = bytes.subarray(end);
      yield this.#decode(bytes.subarray(0, end));
    }
  }

  /** Decodes what is left: an incomplete character. */
  *end(): Generator<Utf8Piece> {
    if (this.#rest.length > 0) yield this.#decode(this.#rest);
  }

  #decode(bytes: Buffer): Utf8Piece {
    const whole = bytes.toString();
    const end = whole.includes('\ufffd') ? findFirstDifference(Buffer.from(whole), bytes) : null;
    const text = end === null ? whole : bytes.toString('utf8', 0, end);
    const start = this.#isFirst && text.startsWith('\ufeff') ? 1 : 0;
    if (bytes.length > 0) this.#isFirst = false;
    return { text: text.slice(start), isBroken: end !== null };
  }
}

/** Finds where an incomplete character at the end begins. */
function findCompleteEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Broken bytes were decoded as U+FFFD, which encodes to other bytes. @returns null: the text has that character itself */
function findFirstDifference(encoded: Uint8Array, bytes: Uint8Array): number | null {
  const different = bytes.findIndex((byte, place) => byte !== encoded[place]);
  if (different < 0 && encoded.length === bytes.length) return null;
  // What is broken may share its first bytes with U+FFFD.
  let start = different < 0 ? bytes.length : different;
  while (start > 0 && ((encoded[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
