import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockHitsShared } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { toStorableJson } from '../storable-text.ts';

const format = 'snoop-run';
const version = 1;
const schemaFile = new URL('../../schemas/run.schema.json', import.meta.url);

/** A run with all that its report needs, as described by `schemas/run.schema.json`. */
export interface RunDocument {
  readonly format: typeof format;
  readonly version: typeof version;
  /** Digest of the rest; finds accidents, not forgeries. */
  readonly sha256: string;
  readonly run: { readonly id: string };
  readonly requests: readonly object[];
  readonly bodies?: readonly unknown[];
}

export interface ImportedRun {
  id: string;
  /** false: the same run was there already, and nothing was changed. */
  isNew: boolean;
}

/**
 * Reads a settled run as one document.
 * @param id the id of an existing run
 * @param options.bodies whether to include the bodies of requests and answers
 * @throws SnoopDbError `bad_run` if the run is still going on, or was settled without a baseline
 */
export async function exportRun(
  pool: Pool,
  id: string,
  { bodies = false }: { bodies?: boolean } = {},
): Promise<RunDocument> {
  const found = await pool.query<{ document: Omit<RunDocument, 'sha256'> & { baseline: unknown } }>(
    readQuerySql('export-run'),
    [id, bodies],
  );
  const document = found.rows[0]?.document;
  if (!document)
    throw new SnoopDbError('bad_run', `The run ${id} has not ended yet. Export it when 'snoop runs' lists its result.`);
  if (document.baseline === null) {
    throw new SnoopDbError(
      'bad_run',
      `The run ${id} was compared with no baseline. Load one with 'snoop load baseline', then 'snoop report ${id}'.`,
    );
  }
  return { ...document, sha256: digest(document) };
}

/**
 * Adds a run from another SnoopDB, marked as imported. It has the same report there and here; no live table or view
 * changes.
 * @param name of the document, for messages
 * @throws SnoopDbError `bad_document` for anything but a whole document of this version, `bad_run` if another run has its
 *   id; then nothing is stored
 */
export async function importRun(pool: Pool, name: string, value: unknown): Promise<ImportedRun> {
  const document = await checkDocument(name, value);
  const { id } = document.run;
  return withTransaction(pool, async (client) => {
    await client.query(lockHitsShared());
    const known = await client.query<{ document: Omit<RunDocument, 'sha256'> | null }>(
      `select (${readQuerySql('export-run')}) as document from testing.run where id = $1`,
      [id, false],
    );
    const [row] = known.rows;
    if (row) {
      if (row.document && digest(row.document) === digest(withoutBodies(document))) return { id, isNew: false };
      throw new SnoopDbError(
        'bad_run',
        `This SnoopDB has another run with the id ${id}. Remove that one first: snoop runs rm ${id}`,
      );
    }
    try {
      await client.query('select testing.import_run($1)', [toStorableJson(document)]);
    } catch (error) {
      throw explainRefusal(name, error);
    }
    return { id, isNew: true };
  });
}

async function checkDocument(name: string, value: unknown): Promise<RunDocument> {
  const refuse = (why: string, cause?: unknown): SnoopDbError =>
    new SnoopDbError('bad_document', `${name}: ${why} Nothing was imported.`, { cause });
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'format') !== format) {
    throw refuse("this is not a run written by 'snoop runs export'.");
  }
  const found: unknown = Reflect.get(value, 'version');
  if (typeof found === 'number' && found > version) {
    throw refuse(`the document has version ${found}, and this snoop reads version ${version}. Update snoop.`);
  }
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const validate = new Ajv2020({ strict: true }).compile<RunDocument>(JSON.parse(await readFile(schemaFile, 'utf8')));
  if (!validate(value)) {
    const [error] = validate.errors ?? [];
    throw refuse(`${error?.instancePath || 'the document'} ${error?.message ?? 'is invalid'}.`, validate.errors);
  }
  const { sha256, ...rest } = value;
  if (digest(rest) !== sha256) throw refuse('it was changed or damaged since it was exported (its digest differs).');
  return value;
}

/** Integrity constraints of the tables refuse what the schema cannot express, such as a request of an unknown test. */
function explainRefusal(name: string, error: unknown): unknown {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  if (typeof code !== 'string' || !/^(22|23)/.test(code) || !(error instanceof Error)) return error;
  return new SnoopDbError(
    'bad_document',
    `${name}: the run contradicts itself (${error.message}). Nothing was imported.`,
    {
      cause: error,
    },
  );
}

function withoutBodies({ sha256: _digest, bodies: _bodies, ...rest }: RunDocument): unknown {
  return rest;
}

function digest(value: unknown): string {
  return createHash('sha256').update(writeCanonically(value)).digest('hex');
}

/** JSON without blanks whose keys are sorted by code units. */
function writeCanonically(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
