import { findReleaseInLogs, findReleaseInName, normalizeRelease, SnoopDbError } from '@snoop/snoopdb';
import type { LoadInput } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import type { AuditSource } from './audit.ts';
import type { AuditArgument } from './audit-argument.ts';

/**
 * Finds the release of each log: by --release, by what its run or its name states, else by the user agents of its run.
 * Inputs of one directory may have names with different releases.
 *
 * @throws SnoopDbError `bad_release` if nothing states it; `unreadable_input`
 */
export async function findAuditReleases(
  found: readonly AuditArgument[],
  wanted: string | undefined,
  context: Context,
): Promise<AuditSource[]> {
  const stated = wanted === undefined ? null : normalizeRelease(wanted);
  const sources: AuditSource[] = [];
  for (const argument of found) {
    const release = stated ?? argument.release;
    if (release !== null) sources.push({ ...argument, release });
    else sources.push(...(await splitByRelease(argument, context)));
  }
  return sources;
}

async function splitByRelease(argument: AuditArgument, { progress, signal }: Context): Promise<AuditSource[]> {
  const named = argument.inputs.map((input) => ({ input, release: findReleaseInName(input.name) }));
  const nameless = named.filter(({ release }) => release === null).map(({ input }) => input);
  let inContent: string | null = null;
  if (nameless.length > 0) {
    const title = `reading the release of ${argument.name}`;
    inContent = await progress.step(title, () => findReleaseInLogs(nameless, { signal }));
    if (inContent === null) throw createUnknownError(nameless);
    progress.print(`By its user agents, ${argument.name} is of ${inContent}.`);
  }
  const releases = [...new Set(named.map(({ release }) => release ?? inContent))];
  return releases.flatMap((release, index) => {
    if (release === null) return [];
    const inputs = named.filter((one) => (one.release ?? inContent) === release).map(({ input }) => input);
    return [{ ...argument, release, inputs, others: index === 0 ? argument.others : 0 }];
  });
}

function createUnknownError([input]: readonly LoadInput[]): SnoopDbError {
  return new SnoopDbError(
    'bad_release',
    `Neither the name ${input?.name} nor its user agents show its release. Name it, for example --release 1.36.0.`,
  );
}
