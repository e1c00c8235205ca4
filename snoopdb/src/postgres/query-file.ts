import { readFileSync } from 'node:fs';

const folder = new URL('../../sql/queries/', import.meta.url);

/** Reads a query from `sql/queries/`, for example `coverage`. */
export function readQuerySql(name: string): string {
  return readFileSync(new URL(`${name}.sql`, folder), 'utf8');
}
