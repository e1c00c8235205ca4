import { readFileSync } from 'node:fs';

const folder = new URL('../../sql/queries/', import.meta.url);

/** The text of a query that lies in a file of its own, for example `coverage`. */
export function readQuerySql(name: string): string {
  return readFileSync(new URL(`${name}.sql`, folder), 'utf8');
}
