import type { PoolClient } from 'pg';
import type { AuditEvent } from './audit-event.ts';
import type { EventOrigin } from './event-row.ts';

// The API server cuts them at 64; an index row could not hold any length.
const longestAuditId = 200;

export interface Rejected {
  event: AuditEvent;
  reason: string;
  sqlstate: string | null;
}

/** What is kept of a set-aside event wherever it came from, a list for each column. */
const readColumns = {
  reason: 'text',
  sqlstate: 'text',
  audit_id: 'text',
  stage: 'text',
  verb: 'text',
  request_uri: 'text',
  useragent: 'text',
  test: 'text',
  code: 'integer',
  endpoint: 'text',
  is_dry_run: 'boolean',
  is_hit: 'boolean',
  unresolved_reason: 'text',
  raw: 'bytea',
} as const;

type ReadColumn = keyof typeof readColumns;

function readRow({ event, reason, sqlstate }: Rejected): Record<ReadColumn, unknown> {
  const { slice, agent } = event;
  return {
    reason,
    sqlstate,
    audit_id: slice.auditId?.slice(0, longestAuditId) ?? null,
    stage: slice.stage,
    verb: slice.verb,
    request_uri: slice.requestUri,
    useragent: slice.userAgent,
    test: agent?.test ?? null,
    code: slice.code,
    endpoint: event.endpoint,
    is_dry_run: event.isDryRun,
    is_hit: event.isHit,
    unresolved_reason: event.reason,
    raw: event.body.subarray(slice.start, slice.end),
  };
}

/** So many bytes of events go in one statement: as parameters they need three times the room. */
const batchBytes = 4_000_000;

/**
 * Writes set-aside events in few statements.
 * @param fixed columns that all of them share, with their values
 * @param own columns of their own, with their types and values
 */
export async function insertRejected(
  client: PoolClient,
  table: string,
  rejected: readonly Rejected[],
  fixed: Record<string, string | number | null>,
  own: Record<string, { type: string; of: (one: Rejected) => unknown }> = {},
): Promise<void> {
  const columns: [name: string, type: string][] = [
    ...Object.entries(own).map(([name, { type }]): [string, string] => [name, type]),
    ...Object.entries(readColumns),
  ];
  const fixedNames = Object.keys(fixed);
  const text = `insert into ${table} (${[...fixedNames, ...columns.map(([name]) => name)].join(', ')})
    select ${[...fixedNames.map((_, index) => `$${index + 1}`), 'given.*'].join(', ')}
      from unnest(${columns.map(([, type], index) => `$${fixedNames.length + index + 1}::${type}[]`).join(', ')}) as given`;
  for (const batch of cutBatches(rejected)) {
    const rows = batch.map((one) => {
      const row: Record<string, unknown> = readRow(one);
      for (const [name, { of }] of Object.entries(own)) row[name] = of(one);
      return row;
    });
    await client.query(text, [...Object.values(fixed), ...columns.map(([name]) => rows.map((row) => row[name]))]);
  }
}

/** Puts events of a body aside with the bytes as sent, the reason, and whatever could be read of them. */
export async function saveRejected(
  client: PoolClient,
  rejected: readonly Rejected[],
  origin: EventOrigin,
): Promise<void> {
  const { source, release, revision } = origin;
  await insertRejected(client, 'testing.held_rejection', rejected, { source, release, document_revision: revision });
}

function* cutBatches(rejected: readonly Rejected[]): Generator<Rejected[]> {
  let batch: Rejected[] = [];
  let bytes = 0;
  for (const one of rejected) {
    const { start, end } = one.event.slice;
    if (batch.length > 0 && bytes + end - start > batchBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += end - start;
  }
  if (batch.length > 0) yield batch;
}
