import { createGunzip, type Gunzip } from 'node:zlib';
import { SnoopDbError } from '../errors.ts';

const chunkBytes = 256 * 1024;
/** Some services compress twice; a file that unpacks to itself must end. */
const maxLayers = 5;

/** Receives the number of packed bytes that were unpacked so far; null: all. */
export type UnpackedListener = (bytes: number | null) => void;

interface UnpackOptions {
  onUnpacked: UnpackedListener;
  /** Called when a packed input is truncated, after what could be unpacked; without it that is an error. */
  onCut?: (() => void) | undefined;
}

/**
 * Unpacks gzip (RFC 1952), recognized by its first two bytes, as often as it was packed. Closes the raw stream, also
 * when it is left early.
 */
export async function* unpack(raw: AsyncGenerator<Buffer>, options: UnpackOptions, layer = 0): AsyncGenerator<Buffer> {
  try {
    yield* unpackLayer(raw, options, layer);
  } finally {
    await raw.return(undefined);
  }
}

async function* unpackLayer(
  raw: AsyncGenerator<Buffer>,
  options: UnpackOptions,
  layer: number,
): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await raw.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const whole = prepend(head, raw);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* whole;
    return;
  }
  if (layer === maxLayers) {
    throw new SnoopDbError('unreadable_input', `It is compressed more than ${maxLayers} times. Unpack it with gunzip.`);
  }
  // Only the outermost layer counts for progress.
  const gunzipOptions = layer === 0 ? options : { ...options, onUnpacked: () => {} };
  yield* unpack(gunzip(whole, gunzipOptions), options, layer + 1);
}

async function* prepend(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

/**
 * Yields the output of each piece before it reads the next: at a truncated end the stream fails and drops what it has
 * not yet delivered.
 */
async function* gunzip(packed: AsyncGenerator<Buffer>, { onUnpacked, onCut }: UnpackOptions): AsyncGenerator<Buffer> {
  const unzip = createGunzip({ chunkSize: chunkBytes });
  const steps = createStepper(unzip);
  onUnpacked(0);
  try {
    for await (const piece of packed) {
      for await (const chunk of steps((done) => unzip.write(piece, done))) {
        onUnpacked(unzip.bytesWritten);
        yield chunk;
      }
    }
    // 'finish' comes before zlib has checked the end.
    yield* steps((done) => unzip.once('end', done).end());
    onUnpacked(null);
  } catch (error) {
    if (onCut === undefined || !isTruncation(error)) throw error;
    onCut();
  } finally {
    unzip.destroy();
  }
}

type Step = (done: (error?: Error | null) => void) => void;

/** Runs one step at a time and yields all its output. */
function createStepper(unzip: Gunzip): (step: Step) => AsyncGenerator<Buffer> {
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

/** Whether zlib reports a truncated file. */
function isTruncation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
}

export function toBuffer(piece: unknown): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  if (piece instanceof Uint8Array) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  return Buffer.from(String(piece));
}
