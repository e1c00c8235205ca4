import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';
import { type Column, type CopyTarget, createFixedColumn } from '../postgres/binary-copy.ts';
import { cutText } from '../storable-text.ts';
import { rejectedColumns, type RejectedEvent } from './rejected-event.ts';

/** Where events go, and where those go that cannot be stored as events. */
export interface EventTables {
  events: CopyTarget<AuditEvent>;
  rejected: CopyTarget<RejectedEvent>;
}

/** Of a live agent's name so much is kept to be counted by. */
const liveAgentCharacters = 200;

/** The tables of live events. */
export function liveTables(origin: EventOrigin): EventTables {
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
          read: ({ agent }) => (agent?.isLive ? cutText(agent.name, liveAgentCharacters) : null),
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

/** Which tables the events of a file go to. */
export interface LoadedTables {
  /** With their schemas. */
  table: string;
  rejectedTable: string;
  part: number;
  releaseDate: string | null;
  /** The number before that of the file's first event; null: the table numbers its rows. */
  idBase: number | null;
  /** The file's number in public.loaded_file. */
  file: number;
}

/** Of what is rejected so much is kept: the file is still there. */
export const keptBytes = 1_000_000;

/** The tables of a file's events. */
export function loadedTables(origin: EventOrigin, tables: LoadedTables): EventTables {
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
        { name: 'raw', type: 'bytea', read: ({ event }) => cutBytes(event) },
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

function cutBytes({ body, slice: { start, end } }: AuditEvent): {
  body: Buffer;
  slice: { start: number; end: number };
} {
  return { body, slice: { start, end: Math.min(end, start + keptBytes) } };
}
