import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Answer } from './answers.ts';
import { busy, failed, notNow, stored, tooLarge, unknownEncoding, unknownType } from './answers.ts';
import { describe, type Store } from './store.ts';

export interface Limits {
  /** The largest body taken; a batch of RequestResponse events can be tens of megabytes. */
  readonly bodyBytes: number;
  /** Bodies that are being received and stored, all together: what is beyond is answered 429 instead of piling up. */
  readonly inFlightBytes: number;
}

export const defaultLimits: Limits = { bodyBytes: 128 * 1024 * 1024, inFlightBytes: 256 * 1024 * 1024 };

/** Takes bodies of audit events and stores them. */
export interface Intake {
  /** Receives and stores one body; never rejects, except when the sender goes away in the middle of it. */
  take(request: IncomingMessage): Promise<Answer>;
  /** Takes no new bodies from now on. Resolves when those in flight are answered. */
  drain(): Promise<void>;
}

export function createIntake(store: Store, log: Logger, limits: Limits = defaultLimits): Intake {
  let inFlightBytes = 0;
  let inFlightBodies = 0;
  let draining = false;
  let onEmpty = (): void => {};

  async function receiveAndStore(request: IncomingMessage): Promise<Answer> {
    const refusal = checkHeaders(request, limits.bodyBytes);
    if (refusal !== null) return refusal;
    let bytes = 0;
    const reserve = (more: number): boolean => {
      if (inFlightBytes + more > limits.inFlightBytes) return false;
      inFlightBytes += more;
      bytes += more;
      return true;
    };
    try {
      // Announced bytes are reserved at once: better refused before they are sent than after.
      if (!reserve(Number(request.headers['content-length'] ?? 0))) return busy();
      const chunks: Buffer[] = [];
      let received = 0;
      // Leaving the loop must not cut the connection: the answer still has to go through it.
      const incoming: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
      for await (const chunk of incoming) {
        received += chunk.length;
        if (received > limits.bodyBytes) return tooLarge(limits.bodyBytes);
        if (received > bytes && !reserve(received - bytes)) return busy();
        chunks.push(chunk);
      }
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, received);
      const result = await store.write(body);
      log.debug({ bytes: received, ...result }, 'stored');
      return stored(result);
    } catch (error) {
      const answer = failed(error, describe(error));
      // Of a body that is refused nothing may come into the log, and the reason of a 400 may quote it.
      log.warn(
        { status: answer.status, bytes, ...(answer.status === 400 ? {} : { reason: answer.text }) },
        'not stored',
      );
      return answer;
    } finally {
      inFlightBytes -= bytes;
    }
  }

  return {
    async take(request) {
      if (draining) return notNow('The auditlogger is shutting down.');
      inFlightBodies++;
      try {
        return await receiveAndStore(request);
      } finally {
        inFlightBodies--;
        if (inFlightBodies === 0) onEmpty();
      }
    },
    drain: () =>
      new Promise((resolve) => {
        draining = true;
        onEmpty = resolve;
        if (inFlightBodies === 0) resolve();
      }),
  };
}

function checkHeaders(request: IncomingMessage, limitBytes: number): Answer | null {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = request.headers;
  if (type?.split(';')[0]?.trim().toLowerCase() !== 'application/json') return unknownType(type);
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return unknownEncoding(encoding);
  if (Number(length ?? 0) > limitBytes) return tooLarge(limitBytes);
  return null;
}
