import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockHitsShared } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { toStorableJson } from '../storable-text.ts';
import { computeDigest } from './digested-document.ts';
import { checkRunDocument, type RunDocument } from './run-document.ts';

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
  const found = await pool.query<{
    document: Omit<RunDocument, 'sha256' | 'baseline'> & { baseline: RunDocument['baseline'] | null };
  }>(readQuerySql('export-run'), [id, bodies]);
  const document = found.rows[0]?.document;
  if (!document)
    throw new SnoopDbError('bad_run', `The run ${id} has not ended yet. Export it when 'snoop runs' lists its result.`);
  const { baseline } = document;
  if (baseline === null) {
    throw new SnoopDbError(
      'bad_run',
      `The run ${id} was compared with no baseline. Load one with 'snoop load baseline', then 'snoop report ${id}'.`,
    );
  }
  return { ...document, baseline, sha256: computeDigest(document) };
}

/**
 * Adds a run from another SnoopDB, marked as imported. It has the same report there and here; no live table or view
 * changes.
 * @param name of the document, for messages
 * @throws SnoopDbError `bad_document` for anything but a whole document of this version, `bad_run` if another run has its
 *   id; then nothing is stored
 */
export async function importRun(pool: Pool, name: string, value: unknown): Promise<ImportedRun> {
  const document = await checkRunDocument(name, value).catch((error: unknown) => {
    if (!(error instanceof SnoopDbError)) throw error;
    throw new SnoopDbError(error.code, `${error.message} Nothing was imported.`, { cause: error });
  });
  const { id } = document.run;
  return withTransaction(pool, async (client) => {
    await client.query(lockHitsShared());
    const known = await client.query<{ document: Omit<RunDocument, 'sha256'> | null }>(
      `select (${readQuerySql('export-run')}) as document from testing.run where id = $1`,
      [id, false],
    );
    const [row] = known.rows;
    if (row) {
      if (row.document && computeDigest(row.document) === computeDigest(withoutBodies(document)))
        return { id, isNew: false };
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
