import { createHash } from 'node:crypto';
import { type AgentReader, type AuditEvent, interpretEvent } from '../events/audit-event.ts';
import { EventBatcher } from '../events/event-batch.ts';
import { createHitFinder } from '../hits/find-hits.ts';
import type { Hits } from '../hits/hit.ts';
import type { LoadInput } from '../inputs/input.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { readAuditEvents } from './audit-lines.ts';
import { type ShapeCount, ShapeCounts } from './envelopes/shape-counts.ts';
import { createRejectSample } from './reject-sample.ts';

/** Reads a file once: its events, its hash and what it hits. */
export interface BatchReader {
  /** Its events, and the sample of what cannot be stored. */
  batches: AsyncGenerator<AuditEvent[], void, undefined>;
  /** Ends the reading and all that is done with it. */
  signal: AbortSignal;
  /** What the batches so far prove. */
  hits: Hits;
  /** Bytes read so far, unpacked. */
  bytes(): number;
  /** Of all of them, at the end. */
  sha256(): Buffer;
  /** Events and lines so far that are in no batch: they cannot be stored, and the sample of such is full. */
  rejectedBeyondSample(): number;
  /** The shapes of its events so far. */
  shapes(): ShapeCount[];
}

/**
 * An event holds the piece of the log that it lies in: a batch ends when so much was read for it, however little of that
 * its events are.
 */
const mostHeldBytes = 4 * 2 ** 20;

interface BatchOptions {
  resolver: EndpointResolver;
  readAgent: AgentReader;
  release: string;
  hitLimit: number;
  signal: AbortSignal;
  /** Told whenever a piece of it was read. */
  onRead: () => void;
  /** Told when the file is packed and was cut off. */
  onCut: () => void;
}

/** Enough to keep PostgreSQL busy, and little enough that batches which wait take little memory. */
const batchBytes = 2 ** 20;

export function createBatchReader(input: LoadInput, options: BatchOptions): BatchReader {
  const { resolver, readAgent, release, hitLimit, signal, onRead, onCut } = options;
  const hash = createHash('sha256');
  // Found as the events are read: the sample of a hit is its first request, whichever batch is written first. A file
  // that makes up agents must not fill the memory either.
  const finder = createHitFinder({ release }, { limit: hitLimit });
  const sample = createRejectSample();
  const shapes = new ShapeCounts();
  let bytes = 0;
  let sha256: Buffer | null = null;

  const onBytes = (piece: Buffer): void => {
    hash.update(piece);
    bytes += piece.length;
    onRead();
  };

  const findHits = (events: AuditEvent[]): AuditEvent[] => {
    finder.add(events);
    return events;
  };

  async function* readBatches(): AsyncGenerator<AuditEvent[], void, undefined> {
    const batcher = new EventBatcher(batchBytes);
    let number = 0;
    let heldFrom = 0;
    for await (const events of readAuditEvents(input, { signal, onBytes, onCut })) {
      for (const { body, slice, line, byteOffset, shape } of events) {
        number += 1;
        if (shape !== null) shapes.add(shape);
        if (slice.flaw !== null && !sample.takes(slice)) continue;
        const batch = batcher.add(interpretEvent(body, slice, resolver, readAgent, { number, line, byteOffset }));
        if (!batch) continue;
        heldFrom = bytes;
        yield findHits(batch);
      }
      if (bytes - heldFrom < mostHeldBytes) continue;
      heldFrom = bytes;
      yield findHits(batcher.takeRest());
    }
    yield findHits(batcher.takeRest());
  }

  return {
    batches: readBatches(),
    signal,
    hits: finder.hits,
    bytes: () => bytes,
    rejectedBeyondSample: () => sample.beyond,
    shapes: () => shapes.list(),
    sha256() {
      sha256 ??= hash.digest();
      return sha256;
    },
  };
}
