import { createHash } from 'node:crypto';
import { SnoopDbError } from '../errors.ts';
import { type AgentReader, type AuditEvent, interpretEvent } from '../events/audit-event.ts';
import { EventBatcher } from '../events/event-batch.ts';
import { createHitFinder } from '../hits/find-hits.ts';
import type { Hits } from '../hits/hit.ts';
import type { LoadInput } from '../inputs/input.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { readAuditEvents } from './audit-lines.ts';
import { type ShapeCount, ShapeCounts } from './envelopes/shape-counts.ts';
import { createRejectSample } from './reject-sample.ts';

/** Reads a file once: events, hash and hits. */
export interface BatchReader {
  /** The events, and the sample of rejected ones. */
  batches: AsyncGenerator<AuditEvent[], void, undefined>;
  /** Aborts reading and storing. */
  signal: AbortSignal;
  /** The hits of the batches so far. */
  hits: Hits;
  /** Unpacked bytes read so far. */
  bytes(): number;
  /** Call it after the last batch. */
  sha256(): Buffer;
  /** Rejected events and lines so far that are not in a batch, since the sample is full. */
  rejectedUnsampled(): number;
  shapes(): ShapeCount[];
}

/**
 * Events keep their piece of the log in memory, so a batch also ends after this many bytes of log, even if few of them
 * are events.
 */
const maxHeldBytes = 4 * 2 ** 20;

interface BatchOptions {
  resolver: EndpointResolver;
  readAgent: AgentReader;
  release: string;
  hitLimit: number;
  signal: AbortSignal;
  /** Called for each piece of the file. */
  onRead: () => void;
  /** Called if it is a truncated gzip file. */
  onCut: () => void;
}

/**
 * A log with more lines that are not events is something else, unless it has many events, too. A small gzip file may hold
 * billions of such lines.
 */
const maxRejects = 1_000_000;
const rejectsPerEvent = 100;

/** Enough to keep PostgreSQL busy with little memory in waiting batches. */
const batchBytes = 2 ** 20;

export function createBatchReader(input: LoadInput, options: BatchOptions): BatchReader {
  const { resolver, readAgent, release, hitLimit, signal, onRead, onCut } = options;
  const hash = createHash('sha256');
  // Found while reading, so that a hit's sample is its first request, whichever batch is written first; limited, so
  // that invented agents do not fill the memory.
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
    let rejects = 0;
    let heldFrom = 0;
    for await (const events of readAuditEvents(input, { signal, onBytes, onCut })) {
      for (const { body, slice, line, byteOffset, shape } of events) {
        number += 1;
        if (shape !== null) shapes.add(shape);
        if (slice.flaw !== null) {
          rejects += 1;
          if (rejects > maxRejects && rejects > (number - rejects) * rejectsPerEvent) {
            throw createForeignError(input.name, slice.flaw.reason);
          }
          if (!sample.add(slice)) continue;
        }
        const batch = batcher.add(interpretEvent(body, slice, resolver, readAgent, { number, line, byteOffset }));
        if (!batch) continue;
        heldFrom = bytes;
        yield findHits(batch);
      }
      if (bytes - heldFrom < maxHeldBytes) continue;
      heldFrom = bytes;
      yield findHits(batcher.flush());
    }
    yield findHits(batcher.flush());
  }

  return {
    batches: readBatches(),
    signal,
    hits: finder.hits,
    bytes: () => bytes,
    rejectedUnsampled: () => sample.unsampled,
    shapes: () => shapes.list(),
    sha256() {
      sha256 ??= hash.digest();
      return sha256;
    },
  };
}

function createForeignError(name: string, flaw: string): SnoopDbError {
  return new SnoopDbError(
    'unreadable_input',
    `${name} is not an audit log: more than ${maxRejects.toLocaleString('en-US')} of its lines are not audit events (the last: ${flaw}). Nothing was loaded.`,
  );
}
