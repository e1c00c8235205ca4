import { createHash } from 'node:crypto';
import { type AgentReader, type AuditEvent, interpretEvent } from '../events/audit-event.ts';
import { findHits, type HitsOfAgents } from '../hits/find-hits.ts';
import { createRoom } from '../hits/hit-quota.ts';
import type { Hits } from '../hits/hit.ts';
import type { LoadInput } from '../inputs/input.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import type { Rejected } from '../rows/rejected-events.ts';
import { type LoggedEvent, readAuditEvents } from './audit-lines.ts';

/** Events of a file that go to the database together. */
export interface EventBatch {
  /** The number of the first, from 1 on; those that follow count on. */
  first: number;
  logged: readonly LoggedEvent[];
  /** Those that may be offered to PostgreSQL. */
  sound: AuditEvent[];
  /** The others. */
  flawed: Rejected[];
}

/** Reads a file once: its events, its hash and what it hits. */
export interface BatchReader {
  batches: AsyncGenerator<EventBatch, void, undefined>;
  /** Ends the reading and all that is done with it. */
  signal: AbortSignal;
  /** What the batches so far prove. */
  hits: Hits;
  /** Bytes read so far, unpacked. */
  bytes(): number;
  /** Of all of them, at the end. */
  sha256(): Buffer;
}

interface BatchOptions {
  resolver: EndpointResolver;
  agentOf: AgentReader;
  release: string;
  hitLimit: number;
  signal: AbortSignal;
}

const batchBytes = 2 ** 21;
const batchEvents = 4000;

export function createBatchReader(input: LoadInput, options: BatchOptions): BatchReader {
  const { resolver, agentOf, release, hitLimit, signal } = options;
  const hash = createHash('sha256');
  const hits: Hits = new Map();
  const ofAgent: HitsOfAgents = new WeakMap();
  // A file that makes up agents must not fill the memory either.
  const hasRoom = createRoom(hitLimit);
  let bytes = 0;
  let sha256: Buffer | null = null;
  let read = 0;

  const onBytes = (piece: Buffer): void => {
    hash.update(piece);
    bytes += piece.length;
  };

  const interpret = (logged: readonly LoggedEvent[]): EventBatch => {
    const batch: EventBatch = { first: read + 1, logged, sound: [], flawed: [] };
    const events = logged.map(({ body, slice }) => {
      read += 1;
      const event = interpretEvent(body, slice, resolver, agentOf, read);
      if (slice.flaw) batch.flawed.push({ event, ...slice.flaw });
      else batch.sound.push(event);
      return event;
    });
    findHits(events, { release }, undefined, hits, hasRoom, ofAgent);
    return batch;
  };

  async function* readBatches(): AsyncGenerator<EventBatch, void, undefined> {
    let batch: LoggedEvent[] = [];
    let size = 0;
    for await (const events of readAuditEvents(input, { signal, onBytes })) {
      for (const event of events) {
        batch.push(event);
        size += event.slice.end - event.slice.start;
        if (size < batchBytes && batch.length < batchEvents) continue;
        yield interpret(batch);
        batch = [];
        size = 0;
      }
    }
    if (batch.length > 0) yield interpret(batch);
  }

  return {
    batches: readBatches(),
    signal,
    hits,
    bytes: () => bytes,
    sha256() {
      sha256 ??= hash.digest();
      return sha256;
    },
  };
}
