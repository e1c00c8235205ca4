import { listKnownEndpoints, loadNeededReleases, SnoopDbError } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';
import { defaultRelease } from '../release.ts';
import { fetchOperations } from './api-document.ts';
import { findEndpointKind } from './find-endpoint-kind.ts';
import { findKind } from './find-kind.ts';
import type { ServedKind } from './served-kinds.ts';

/**
 * Finds the kind that a name means: a kind, or the kind of an endpoint.
 *
 * @throws SnoopError `unknown_kind`, `ambiguous_kind`, `no_kind`
 */
export async function chooseKind(
  name: string,
  served: readonly ServedKind[],
  access: ClusterAccess,
  pool: Pool,
): Promise<ServedKind> {
  const found = findKind(name, served);
  if (found.state === 'found') return found.kind;
  if (found.state === 'ambiguous') throw createAmbiguous(name, 'kinds', found.choices);
  const byEndpoint = findEndpointKind(name, await fetchOperations(access), served);
  if (byEndpoint.state === 'found') return byEndpoint.kind;
  if (byEndpoint.state === 'ambiguous') throw createAmbiguous(name, 'endpoints', byEndpoint.choices);
  if (byEndpoint.state === 'no kind') {
    throw new SnoopError('no_kind', `The endpoint '${byEndpoint.endpoint}' has no kind, so it has no lifecycle.`, {
      exitCode: 2,
      advice: [`'snoop endpoint ${byEndpoint.endpoint}' prints its call.`],
    });
  }
  const near = found.nearest.length > 0 ? found.nearest : findNearest(name, byEndpoint.known, 3);
  throw new SnoopError('unknown_kind', `The cluster does not serve '${name}'.`, {
    exitCode: 2,
    advice: [didYouMean(near), await describeElsewhere(name, pool)].filter((line) => line !== ''),
  });
}

/** The most choices that are listed. */
const maxChoices = 12;

function createAmbiguous(name: string, what: string, choices: readonly string[]): SnoopError {
  const rest = choices.length - maxChoices;
  return new SnoopError('ambiguous_kind', `'${name}' means ${choices.length} ${what}. Choose one:`, {
    exitCode: 2,
    advice: [...choices.slice(0, maxChoices), ...(rest > 0 ? [`and ${rest} more`] : [])],
  });
}

/** Whether the local control plane would serve a kind. */
async function describeElsewhere(name: string, pool: Pool): Promise<string> {
  // What ships is of the first release of a minor.
  const release = defaultRelease.replace(/\.\d+$/, '.0');
  try {
    await loadNeededReleases(pool, [release]);
  } catch (error) {
    // The role of a workbench Pod only reads.
    if (!(error instanceof SnoopDbError) || error.code !== 'not_allowed') throw error;
    return `Whether 'snoop up' would serve it is unknown: ${release} is not loaded.`;
  }
  const lower = (name.split('/').at(-1) ?? name).toLowerCase();
  const found = (await listKnownEndpoints(pool, release)).find(
    ({ kind, tested, unknown, endpoint, path }) =>
      (tested !== null || unknown !== null) &&
      [kind?.toLowerCase(), endpoint.toLowerCase(), path.split('/').at(-1)].includes(lower),
  );
  return found === undefined
    ? `'snoop up' would not serve it: Kubernetes ${defaultRelease} does not have it.`
    : `'snoop up' would serve it: Kubernetes ${defaultRelease} has ${found.path}.`;
}
