import { createGunzip, type Gunzip } from 'node:zlib';
import { SnoopDbError } from '../errors.ts';

const chunkBytes = 256 * 1024;
/** Some services pack what was packed; what unpacks to itself again and again must end. */
const mostLayers = 5;

/** Told how many packed bytes were unpacked so far; null: all of them. */
export type NoteUnpacked = (bytes: number | null) => void;

interface UnpackOptions {
  note: NoteUnpacked;
  /** Told when what was packed ends too soon, after all that could be unpacked; without it that is an error. */
  onCut?: (() => void) | undefined;
}

/** Two bytes tell gzip (RFC 1952); they may come one by one. What was packed several times is unpacked as often. */
export async function* unpack(raw: AsyncGenerator<Buffer>, options: UnpackOptions, layer = 0): AsyncGenerator<Buffer> {
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
  const gunzipOptions = layer === 0 ? options : { ...options, note: () => {} };
  yield* unpack(gunzip(whole, gunzipOptions), options, layer + 1);
}

async function* putBack(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

/**
 * Hands on what each piece unpacks to before the next one is given: an end that comes too soon is an error of the
 * stream, which drops what it still holds.
 */
async function* gunzip(packed: AsyncGenerator<Buffer>, { note, onCut }: UnpackOptions): AsyncGenerator<Buffer> {
  const unzip = createGunzip({ chunkSize: chunkBytes });
  const steps = followSteps(unzip);
  note(0);
  try {
    for await (const piece of packed) {
      for await (const chunk of steps((done) => unzip.write(piece, done))) {
        note(unzip.bytesWritten);
        yield chunk;
      }
    }
    // Its writable side is finished before zlib has looked at the end.
    yield* steps((done) => unzip.once('end', done).end());
    note(null);
  } catch (error) {
    if (onCut === undefined || !endsTooSoon(error)) throw error;
    onCut();
  } finally {
    unzip.destroy();
  }
}

type Step = (done: (error?: Error | null) => void) => void;

/** Does one step after the other, each with all that comes out of it. */
function followSteps(unzip: Gunzip): (step: Step) => AsyncGenerator<Buffer> {
  let failure: Error | null = null;
  let wake = (): void => {};
  unzip.on('readable', () => wake());
  unzip.on('error', (error) => {
    failure ??= error;
    wake();
  });
  return async function* follow(step) {
    let isDone = false;
    step((error) => {
      failure ??= error ?? null;
      isDone = true;
      wake();
    });
    for (;;) {
      const change = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const chunk: unknown = unzip.read();
      if (chunk !== null) yield toBuffer(chunk);
      else if (failure !== null) throw failure;
      else if (isDone) return;
      else await change;
    }
  };
}

/** What zlib says at the end of a file that was cut off. */
function endsTooSoon(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
}

/** A piece of whatever a stream gives. */
export function toBuffer(piece: unknown): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  if (piece instanceof Uint8Array) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  return Buffer.from(String(piece));
}
