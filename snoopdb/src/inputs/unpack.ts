import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SnoopDbError } from '../errors.ts';

const chunkBytes = 256 * 1024;
/** Some services pack what was packed; what unpacks to itself again and again must end. */
const mostLayers = 5;

/** Told how many packed bytes were unpacked so far; null: all of them. */
export type NoteUnpacked = (bytes: number | null) => void;

/** Two bytes tell gzip (RFC 1952); they may come one by one. What was packed several times is unpacked as often. */
export async function* unpack(raw: AsyncGenerator<Buffer>, note: NoteUnpacked, layer = 0): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await raw.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const whole = putBack(head, raw);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* whole;
    return;
  }
  if (layer === mostLayers) {
    throw new SnoopDbError('unreadable_input', `It is packed more than ${mostLayers} times. Unpack it with gunzip.`);
  }
  // Only the outermost bytes are those that lie there.
  yield* unpack(gunzip(whole, layer === 0 ? note : () => {}), note, layer + 1);
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
