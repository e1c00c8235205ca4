import { createHash } from 'node:crypto';
import { digestSchema } from '../postgres/migrations.ts';
import { readShippedHistory } from './shipped-history.ts';
import { listShippedReleases, readShippedSnapshot } from './shipped-snapshot.ts';

/**
 * Tells a database that holds nothing but shipped data from those of other versions of this program: it changes with the
 * schema, with a snapshot and with the history.
 */
export async function digestShippedData(): Promise<string> {
  const releases = await listShippedReleases();
  const files = await Promise.all([readShippedHistory(), ...releases.map(readShippedSnapshot)]);
  const parts = [digestSchema(), ...releases, ...files.map(({ digest }) => digest)];
  return createHash('sha256').update(parts.join()).digest('hex');
}
