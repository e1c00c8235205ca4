import { readBaseline, useNearestBaseline } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { isPermissionDenied } from '../errors.ts';
import type { Progress } from '../progress.ts';

/** Takes the release that is nearest to a cluster's as the baseline. A role that may not keeps the one in use, and says so. */
export async function chooseBaseline(pool: Pool, clusterVersion: string, progress: Progress): Promise<void> {
  try {
    await useNearestBaseline(pool, clusterVersion);
  } catch (error) {
    const inUse = isPermissionDenied(error) ? await readBaseline(pool) : null;
    if (inUse === null) throw error;
    const sameMinor = inUse.release.split('.', 2).join('.') === clusterVersion.split('.', 2).join('.');
    if (!sameMinor) {
      progress.print(
        `the baseline stays ${inUse.release}: only the owner of SnoopDB may choose another (snoop load baseline, or a run with the owner's URL)`,
      );
    }
  }
}
