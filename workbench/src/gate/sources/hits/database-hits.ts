import { createHash } from 'node:crypto';
import {
  askProvenHits,
  isSameMinor,
  type LiveProvenEndpoint,
  type ProvenHits,
  type ProvenSource,
} from '@snoop/snoopdb';
import { SnoopError } from '../../../errors.ts';
import { count } from '../../../output/quantities.ts';
import type { GateHits } from '../../facts.ts';
import { describeSource } from '../contents/describe-source.ts';
import { sortReleases } from './agent-facts.ts';
import { findNewestBuild } from './build-time.ts';
import type { DocumentEndpoints } from './document-endpoints.ts';
import { nameHits } from './named-hits.ts';
import type { ReadOptions } from './options.ts';
import { createHits, formatTime, listNames } from './source.ts';
import { joinFacts } from './stated-facts.ts';

/**
 * Reads what SnoopDB proves: the loaded coverage of the document's release, and hits of e2e tests in clusters of the same
 * minor release. With groups only clusters count, and live tests do.
 *
 * @throws SnoopError `no_database`, `database_away`, `no_coverage`
 */
export async function readDatabaseHits(
  document: DocumentEndpoints,
  { withPool, release, groups, stated, progress }: ReadOptions,
): Promise<GateHits> {
  const hasGroups = groups !== null;
  const { loaded, live: all } = await progress.step('reading hits of SnoopDB', () =>
    withPool((pool) => askProvenHits(pool, hasGroups ? null : release, { withLiveTests: hasGroups })),
  );
  const live = all.filter((row) => release === null || (row.release !== null && isSameMinor(row.release, release)));
  if (loaded === null && live.length === 0) throw createEmptyError(release, hasGroups, all);
  const named = nameHits([...(loaded?.endpoints ?? []), ...live], document);
  const dates = [...(loaded?.sources ?? []).map(findSourceTime), ...listClusterTimes(live)];
  const oldest = dates.includes(null) ? null : Math.min(...dates.flatMap((date) => date ?? []));
  const date = oldest === null || !Number.isFinite(oldest) ? null : formatTime(oldest);
  const found = {
    release: loaded?.release.release ?? sortReleases(live.flatMap((row) => row.release ?? [])).at(-1) ?? null,
    date,
    commit: null,
  };
  const source = describeSource('hits', 'db', {
    digest: createHash('sha256')
      .update(JSON.stringify([loaded?.endpoints ?? [], live]))
      .digest('hex'),
    ...joinFacts(found, 'SnoopDB', stated),
    notes: describeRows(loaded, live, all),
  });
  const incomplete = loaded?.release.incomplete ?? null;
  return createHits({
    source,
    endpoints: named.endpoints,
    unknown: named.unknown,
    undecided: loaded === null ? [] : named.unlisted,
    incomplete: incomplete === null ? [] : [incomplete],
  });
}

function createEmptyError(release: string | null, hasGroups: boolean, all: readonly LiveProvenEndpoint[]): SnoopError {
  const others = listReleases(all);
  const seen = others.length === 0 ? '' : ` It has hits in clusters of ${others.join(', ')}.`;
  if (hasGroups || release === null) {
    return new SnoopError(
      'no_coverage',
      `SnoopDB has no hits of tests in a cluster${release === null ? '' : ` of ${release}`}.${seen}`,
      {
        advice: ["Run the tests with 'snoop exec -- COMMAND' first."],
      },
    );
  }
  return new SnoopError(
    'no_coverage',
    `SnoopDB has no coverage of ${release}, and no hits of e2e tests in a cluster of it.${seen}`,
    {
      advice: [
        `Load it: 'snoop load coverage FILE --release ${release}', or 'snoop load audit LOG --release ${release}'.`,
      ],
    },
  );
}

/** Of published coverage, its newest run or release date; of audit events, the last new hit. */
function findSourceTime({ isPublished, runs, releaseDate, lastHit }: ProvenSource): number | null {
  if (!isPublished) return lastHit?.getTime() ?? null;
  return findNewestBuild(runs) ?? (releaseDate === null ? null : Date.parse(releaseDate));
}

function listClusterTimes(live: readonly LiveProvenEndpoint[]): number[] {
  const times = new Map<string, number>();
  for (const { source, lastHit } of live) {
    times.set(source, Math.max(times.get(source) ?? 0, lastHit.getTime()));
  }
  return [...times.values()];
}

function listReleases(rows: readonly LiveProvenEndpoint[]): string[] {
  return sortReleases([...new Set(rows.map(({ release }) => release ?? 'an unknown release'))]);
}

function describeRows(
  loaded: ProvenHits['loaded'],
  live: readonly LiveProvenEndpoint[],
  all: readonly LiveProvenEndpoint[],
): string[] {
  const clusters = new Set(live.map(({ source }) => source));
  const others = listReleases(all.filter((row) => !live.includes(row)));
  return [
    ...(loaded === null
      ? []
      : [`Coverage of ${loaded.release.release} from ${listNames(loaded.sources.map(({ source }) => source))}.`]),
    ...(clusters.size === 0 ? [] : [`Hits in ${count(clusters.size, 'cluster')}: ${listNames(clusters)}.`]),
    ...(others.length === 0 ? [] : [`Hits in clusters of other releases do not count: ${others.join(', ')}.`]),
  ];
}
