import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { BodyBuffer } from './body-buffer.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { Reservation } from './byte-budget.ts';
import type { Deadlines } from './deadlines.ts';

/** The outcome of receiving a body. */
export type Reception =
  | {
      readonly kind: 'received';
      readonly body: Buffer;
      readonly sha256: Buffer;
      /** Call when the body is no longer used: its memory is then reused. */
      readonly giveBack: () => void;
    }
  | { readonly kind: 'too large' | 'no room' | 'too slow' }
  /** The sender disconnected before the end. */
  | { readonly kind: 'disconnected' }
  /** Not valid gzip; `sha256` and `start` are those of the bytes as sent. */
  | { readonly kind: 'bad gzip'; readonly sha256: Buffer; readonly start: Buffer; readonly bytes: number };

export interface ReceiveOptions {
  readonly isGzip: boolean;
  /** Content-Length in bytes; null: unknown. */
  readonly announced: number | null;
  /** The largest body accepted, decoded, in bytes. */
  readonly limit: number;
  readonly reservation: Reservation;
  readonly pool: BufferPool;
  readonly deadlines: Deadlines;
}

/** Bytes kept of a rejected body. */
export const keptStartBytes = 1024;

/**
 * Receives one body, decoding gzip within the limit. After an early refusal, the caller has to read the rest.
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
    deadline.cancel();
    stopDecoding();
    if (reception.kind !== 'received') buffer.discard();
    done(reception);
  };
  const add = (part: Buffer): void => {
    if (isDone) return;
    const refusal = buffer.add(part);
    if (refusal !== null) finish({ kind: refusal });
  };
  const takeAll = (): void => {
    if (!isDone) finish({ kind: 'received', ...buffer.finish() });
  };
  const deadline = deadlines.begin(() => finish({ kind: 'too slow' }));
  // 'close' is also emitted after a complete body.
  request.once('close', () => {
    if (!request.complete) finish({ kind: 'disconnected' });
  });
  // Errors are handled on 'close'.
  request.on('error', ignore);
  if (isGzip) {
    stopDecoding = decode(request, { add, takeAll, fail: finish });
  } else {
    request.on('data', add);
    request.once('end', takeAll);
  }
}

/** @returns a function that stops decoding */
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
    if (start.length < keptStartBytes) start = Buffer.concat([start, part.subarray(0, keptStartBytes - start.length)]);
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
