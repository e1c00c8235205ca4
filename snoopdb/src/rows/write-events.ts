import type { AuditEvent } from '../events/audit-event.ts';
import { copyInto, withCopyInto } from '../postgres/binary-copy.ts';
import { type CopyOptions, isDataError } from '../postgres/copy-stream.ts';
import type { PoolClient } from '../postgres/database.ts';
import type { EventTables } from './event-tables.ts';
import type { RejectedEvent } from './rejected-event.ts';

/** The result of writing a batch. */
export interface WrittenEvents {
  stored: readonly AuditEvent[];
  rejected: readonly RejectedEvent[];
}

export interface WriteOptions extends CopyOptions {
  /**
   * Whether to find and reject the events that PostgreSQL refuses, which needs a transaction. Otherwise the first is an
   * error, see {@link isDataError}.
   */
  isolateRejected: boolean;
}

/** Writes a batch into its table, and the events that cannot be stored there into the table of rejected ones. */
export async function writeEvents(
  client: PoolClient,
  events: readonly AuditEvent[],
  tables: EventTables,
  options: WriteOptions,
): Promise<WrittenEvents> {
  const written = await withEventTable(client, tables, (write) => write(events), options);
  await copyInto(client, tables.rejected, written.rejected, options);
  return written;
}

/**
 * Writes batches into the table of events for as long as `work` takes. The connection is busy meanwhile, so the caller
 * writes the rejected events.
 * @param work if it fails, the transaction is lost
 */
export function withEventTable<T>(
  client: PoolClient,
  { events: table }: EventTables,
  work: (write: (events: readonly AuditEvent[]) => Promise<WrittenEvents>) => Promise<T>,
  { isolateRejected, ...options }: WriteOptions,
): Promise<T> {
  if (isolateRejected) {
    return work(async (events) => {
      const { sound, flawed } = splitByFlaw(events);
      const refused = await copyAndIsolate(sound);
      const gone = new Set(refused.map(({ event }) => event));
      return { stored: sound.filter((event) => !gone.has(event)), rejected: [...flawed, ...refused] };
    });
  }
  return withCopyInto(
    client,
    table,
    (send) =>
      work(async (events) => {
        const { sound, flawed } = splitByFlaw(events);
        await send(sound);
        return { stored: sound, rejected: flawed };
      }),
    options,
  );

  /** Finds the events that PostgreSQL refuses by bisection, and returns them. */
  async function copyAndIsolate(events: readonly AuditEvent[]): Promise<RejectedEvent[]> {
    if (events.length === 0) return [];
    await client.query('savepoint half');
    try {
      await copyInto(client, table, events, options);
      await client.query('release savepoint half');
      return [];
    } catch (error) {
      if (!isDataError(error)) throw error;
      await client.query('rollback to savepoint half; release savepoint half');
      const [only, ...others] = events;
      if (only && others.length === 0) return [{ event: only, reason: error.message, sqlstate: error.code }];
      const middle = events.length >> 1;
      const first = await copyAndIsolate(events.slice(0, middle));
      return [...first, ...(await copyAndIsolate(events.slice(middle)))];
    }
  }
}

/** Events with a flaw are not offered to PostgreSQL. */
function splitByFlaw(events: readonly AuditEvent[]): { sound: readonly AuditEvent[]; flawed: RejectedEvent[] } {
  const flawed = events.flatMap((event) => (event.slice.flaw ? [{ event, ...event.slice.flaw }] : []));
  return { sound: flawed.length === 0 ? events : events.filter(({ slice }) => slice.flaw === null), flawed };
}
