import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { BodyBuffer } from './body-buffer.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { Reservation } from './byte-budget.ts';
import type { Deadlines } from './deadlines.ts';

/** What became of a body that was to be received. */
export type Reception =
  | {
      readonly kind: 'received';
      readonly body: Buffer;
      readonly sha256: Buffer;
      /** Lets the memory of the body be used again: nobody may look at it any more. */
      readonly giveBack: () => void;
    }
  | { readonly kind: 'too large' | 'no room' | 'too slow' }
  /** The sender went away in the middle of it. */
  | { readonly kind: 'gone' }
  /** It says that it is gzip, and it is not; `sha256` and `start` are of what was sent. */
  | { readonly kind: 'bad gzip'; readonly sha256: Buffer; readonly start: Buffer; readonly bytes: number };

export interface ReceiveOptions {
  readonly isGzip: boolean;
  /** Bytes it takes on the way, as its header says; null: nothing is said. */
  readonly announced: number | null;
  /** The largest body taken, decoded, in bytes. */
  readonly limit: number;
  readonly reservation: Reservation;
  readonly pool: BufferPool;
  readonly deadlines: Deadlines;
}

/** Bytes of a refused body that are kept for a look. */
export const keptBytes = 1024;

/**
 * Receives one body; decodes it when it is gzip, within the limit. When it ends early, the rest is still on its way.
 * @param done called once
 */
export function receiveBody(
  request: IncomingMessage,
  options: ReceiveOptions,
  done: (reception: Reception) => void,
): void {
  const { isGzip, announced, limit, reservation, pool, deadlines } = options;
  const buffer = new BodyBuffer(isGzip ? null : announced, limit, reservation, pool);
  let stopDecoding = (): void => {};
  let isDone = false;
  const finish = (reception: Reception): void => {
    if (isDone) return;
    isDone = true;
    deadline.end();
    stopDecoding();
    if (reception.kind !== 'received') buffer.drop();
    done(reception);
  };
  const add = (part: Buffer): void => {
    if (isDone) return;
    const refused = buffer.add(part);
    if (refused !== null) finish({ kind: refused });
  };
  const takeAll = (): void => {
    if (!isDone) finish({ kind: 'received', ...buffer.take() });
  };
  const deadline = deadlines.begin(() => finish({ kind: 'too slow' }));
  // It also comes after the end of a whole body.
  request.once('close', () => {
    if (!request.complete) finish({ kind: 'gone' });
  });
  // What broke is told by 'close'.
  request.on('error', ignore);
  if (isGzip) {
    stopDecoding = decode(request, { add, takeAll, fail: finish });
  } else {
    request.on('data', add);
    request.once('end', takeAll);
  }
}

/** @returns what stops it; the rest of the body is passed over then */
function decode(
  request: IncomingMessage,
  to: { add: (part: Buffer) => void; takeAll: () => void; fail: (reception: Reception) => void },
): () => void {
  const decoder = createGunzip();
  const sent = createHash('sha256');
  let start: Buffer = Buffer.alloc(0);
  let bytes = 0;
  const noteSent = (part: Buffer): void => {
    bytes += part.length;
    sent.update(part);
    if (start.length < keptBytes) start = Buffer.concat([start, part.subarray(0, keptBytes - start.length)]);
  };
  request.on('data', noteSent);
  decoder.on('data', to.add);
  decoder.once('end', to.takeAll);
  decoder.once('error', () => to.fail({ kind: 'bad gzip', sha256: sent.digest(), start, bytes }));
  decoder.on('error', ignore);
  request.pipe(decoder);
  return () => {
    request.off('data', noteSent);
    request.unpipe(decoder);
    decoder.destroy();
  };
}

function ignore(): void {}
