import {
  askReleaseDocument,
  isSameMinor,
  listLoadedReleases,
  listShippedReleases,
  loadNeededReleases,
  pickNearestRelease,
  type Pool,
  type ReleaseDocument,
} from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';

/**
 * Finds the published document that the endpoints of a cluster's release come from: that of the same release, or of
 * another one of the same minor version, whose API is the same. One that ships is loaded.
 *
 * @param version of the cluster, X.Y.Z
 * @throws SnoopError `no_document`
 */
export async function chooseDocument(pool: Pool, version: string): Promise<ReleaseDocument> {
  const shipped = (await listShippedReleases()).filter((release) => isSameMinor(release, version));
  await loadNeededReleases(pool, shipped);
  const loaded = (await listLoadedReleases(pool))
    .map(({ release }) => release)
    .filter((release) => isSameMinor(release, version));
  const chosen = pickNearestRelease(version, loaded);
  if (chosen !== null) return askReleaseDocument(pool, chosen);
  const minor = version.split('.', 2).join('.');
  throw new SnoopError('no_document', `No OpenAPI document of Kubernetes ${minor} is loaded, and none ships.`, {
    exitCode: 2,
    advice: [`Load it: snoop load openapi FILE --release ${minor}`],
  });
}
