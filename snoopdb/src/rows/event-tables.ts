import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';
import { type Column, type CopyTarget, createFixedColumn } from '../postgres/binary-copy.ts';
import { truncateText } from '../storable-text.ts';
import { rejectedColumns, type RejectedEvent } from './rejected-event.ts';

/** The tables for events and for rejected events. */
export interface EventTables {
  events: CopyTarget<AuditEvent>;
  rejected: CopyTarget<RejectedEvent>;
}

/** In code points; enough for counting. */
const maxLiveAgentLength = 200;

export function createLiveTables(origin: EventOrigin): EventTables {
  const revision = createFixedColumn('document_revision', 'bigint', origin.revision);
  return {
    events: {
      table: 'testing.held_event',
      columns: [
        ...eventColumns(origin),
        revision,
        {
          name: 'live_agent',
          type: 'text',
          read: ({ agent }) => (agent?.isLive ? truncateText(agent.name, maxLiveAgentLength) : null),
        },
      ],
    },
    rejected: {
      table: 'testing.held_rejection',
      columns: [
        createFixedColumn('source', 'text', origin.source),
        createFixedColumn('release', 'text', origin.release),
        revision,
        ...rejectedColumns,
        { name: 'raw', type: 'bytea', read: ({ event }) => event },
      ],
    },
  };
}

/** The tables for the events of a file. */
export interface LoadedTableOptions {
  /** With its schema. */
  table: string;
  rejectedTable: string;
  part: number;
  releaseDate: string | null;
  /** The id before that of the file's first event; null if the table numbers its rows. */
  idBase: number | null;
  /** The id in public.loaded_file. */
  file: number;
}

/** Bytes of a rejected event that are stored: the file still has the rest. */
export const keptBytes = 1_000_000;

export function createLoadedTables(origin: EventOrigin, tables: LoadedTableOptions): EventTables {
  const { table, rejectedTable, part, releaseDate, idBase, file } = tables;
  const columns: Column<AuditEvent>[] = [
    ...eventColumns(origin),
    createFixedColumn('release_date', 'text', releaseDate),
    createFixedColumn('part', 'integer', part),
  ];
  if (idBase !== null) {
    columns.push({ name: 'id', type: 'bigint', read: ({ place }) => idBase + (place?.number ?? 0) });
  }
  return {
    events: { table, columns },
    rejected: {
      table: rejectedTable,
      columns: [
        createFixedColumn('file', 'integer', file),
        { name: 'line', type: 'bigint', read: ({ event }) => event.place?.line ?? null },
        { name: 'byte_offset', type: 'bigint', read: ({ event }) => event.place?.byteOffset ?? null },
        ...rejectedColumns,
        { name: 'raw', type: 'bytea', read: ({ event }) => truncateEvent(event) },
      ],
    },
  };
}

function eventColumns({ source, release }: EventOrigin): Column<AuditEvent>[] {
  return [
    createFixedColumn('release', 'text', release),
    { name: 'audit_id', type: 'text', read: ({ slice }) => slice.auditId },
    { name: 'endpoint', type: 'text', read: ({ endpoint }) => endpoint },
    { name: 'useragent', type: 'text', read: ({ slice }) => slice.userAgent },
    { name: 'test', type: 'text', read: ({ agent }) => agent?.test },
    { name: 'test_hit', type: 'boolean', read: ({ agent }) => agent?.testHit ?? false },
    { name: 'conf_test_hit', type: 'boolean', read: ({ agent }) => agent?.confTestHit ?? false },
    { name: 'data', type: 'jsonb', read: (event) => event },
    createFixedColumn('source', 'text', source),
    { name: 'stage', type: 'text', read: ({ slice }) => slice.stage },
    { name: 'verb', type: 'text', read: ({ slice }) => slice.verb },
    { name: 'code', type: 'integer', read: ({ slice }) => slice.code },
    { name: 'is_dry_run', type: 'boolean', read: ({ isDryRun }) => isDryRun },
    { name: 'is_hit', type: 'boolean', read: ({ isHit }) => isHit },
    { name: 'reason', type: 'text', read: ({ reason }) => reason },
    { name: 'ambiguous', type: 'text', read: ({ ambiguous }) => ambiguous },
    { name: 'requested_at', type: 'timestamptz', read: ({ slice }) => slice.requestedAt },
  ];
}

function truncateEvent({ body, slice: { start, end } }: AuditEvent): {
  body: Buffer;
  slice: { start: number; end: number };
} {
  return { body, slice: { start, end: Math.min(end, start + keptBytes) } };
}
