import { createHash } from 'node:crypto';
import { digestSchema } from '../postgres/migrations.ts';
import { readShippedHistory } from './shipped-history.ts';
import { listShippedReleases, readShippedSnapshot } from './shipped-snapshot.ts';

/**
 * A hash of the schema, the snapshots and the history. It tells whether a database with only shipped data is from this
 * version of the program.
 */
export async function digestShippedData(): Promise<string> {
  const releases = await listShippedReleases();
  const files = await Promise.all([readShippedHistory(), ...releases.map(readShippedSnapshot)]);
  const parts = [digestSchema(), ...releases, ...files.map(({ digest }) => digest)];
  return createHash('sha256').update(parts.join()).digest('hex');
}
