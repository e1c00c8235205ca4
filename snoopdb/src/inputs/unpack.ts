import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const chunkBytes = 256 * 1024;

/** Told how many packed bytes were unpacked so far; null: all of them. */
export type NoteUnpacked = (bytes: number | null) => void;

/** Two bytes tell gzip (RFC 1952); they may come one by one. */
export async function* unpack(raw: AsyncGenerator<Buffer>, note: NoteUnpacked): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await raw.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const whole = putBack(head, raw);
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(whole, note);
  else yield* whole;
}

async function* putBack(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

async function* gunzip(packed: AsyncGenerator<Buffer>, note: NoteUnpacked): AsyncGenerator<Buffer> {
  const unzip = createGunzip({ chunkSize: chunkBytes });
  const source = Readable.from(packed, { objectMode: true, highWaterMark: 1 });
  const unzipped = pipeline(source, unzip);
  // Its error comes out of the loop below as well.
  unzipped.catch(() => {});
  note(0);
  try {
    for await (const chunk of unzip) {
      note(unzip.bytesWritten);
      yield toBuffer(chunk);
    }
    await unzipped;
    note(null);
  } finally {
    source.destroy();
    unzip.destroy();
  }
}

/** A piece of whatever a stream gives. */
export function toBuffer(piece: unknown): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  if (piece instanceof Uint8Array) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  return Buffer.from(String(piece));
}
