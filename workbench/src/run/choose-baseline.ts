import { readBaseline, useNearestBaseline } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { isPermissionDenied } from '../errors.ts';
import type { Progress } from '../progress.ts';

/** Makes the release nearest to a cluster's version the baseline. A role without that right keeps the current one. */
export async function chooseBaseline(pool: Pool, clusterVersion: string, progress: Progress): Promise<void> {
  try {
    await useNearestBaseline(pool, clusterVersion);
  } catch (error) {
    const inUse = isPermissionDenied(error) ? await readBaseline(pool) : null;
    if (inUse === null) throw error;
    const sameMinor = inUse.release.split('.', 2).join('.') === clusterVersion.split('.', 2).join('.');
    if (!sameMinor) {
      progress.print(
        `the baseline stays ${inUse.release}: only the owner of SnoopDB may change it ('snoop load baseline', or a run with the owner's URL)`,
      );
    }
  }
}
