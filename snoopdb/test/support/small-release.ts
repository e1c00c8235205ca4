import { type Pool, readOperations } from '../../src/index.ts';
import { smallDocument } from './small-document.ts';

/** Puts the endpoints of the small document into the database as those of a release. */
export async function loadSmallRelease(pool: Pool, release: string): Promise<void> {
  await pool.query(
    `insert into public.release_data (release, release_date, origin) values ($1, '2026-01-02', 'a test') on conflict do nothing`,
    [release],
  );
  for (const operation of readOperations(smallDocument).operations) {
    await pool.query(
      `insert into public.open_api (release, release_date, endpoint, level, category, path, deprecated, method)
       values ($1, '2026-01-02', $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [
        release,
        operation.endpoint,
        operation.level,
        operation.category,
        operation.path,
        operation.deprecated,
        operation.method,
      ],
    );
  }
}
