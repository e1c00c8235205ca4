import { resolve } from 'node:path';
import { defineCommand, type Given, listFlag } from '@snoop/snoopdb/command-line';
import { listShippedReleases, loadNeededReleases, type Pool, SnoopDbError } from '@snoop/snoopdb';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { databaseEnvironment, databaseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { createSiteFiles } from '../site/site-files.ts';
import { writeSite } from '../site/write-site.ts';

const flags = {
  releases: listFlag('--releases <RELEASE>', 'only these releases').defaultsToWhat(
    'all with coverage, and those that ship with snoop',
  ),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop site',
  title: "write the page's release parts as a static site",
  usage: ['snoop site <folder> [options]'],
  about: `
Writes the pages of 'snoop ui' that need no cluster, for any file server, also below a path. Files with the same content
are left alone, so a second run of the same data writes nothing; what other programs have put into the folder is kept.
Without JavaScript, the pages show tables.`,
  flags,
  words: '<folder>',
  environment: databaseEnvironment,
  examples: `
snoop site public
snoop site public --releases 1.35 --releases 1.36`,
  exitCodes: '0 written or unchanged · 2 wrong use, no such release · 3 could not do it',
  run,
});

async function run({ flags: values, words: [folder = ''] }: Given<typeof flags>, context: Context): Promise<number> {
  const asking = { user: 'snoop site', ifMissing: 'shipped data' } as const;
  return withDatabase(context, values, asking, async ({ pool }) => {
    await loadReleases(pool, values.releases);
    const path = resolve(context.cwd, folder);
    const files = await context.progress.step('reading the releases', () => createSiteFiles(pool, values.releases));
    const site = await writeSite(path, files);
    const size = `${(site.bytes / 1e6).toFixed(1)} MB`;
    context.stdout.write(`${path}: ${site.files} files, ${size}; ${site.written} written, ${site.deleted} deleted\n`);
    return 0;
  });
}

async function loadReleases(pool: Pool, wanted: readonly string[] | undefined): Promise<void> {
  if (wanted !== undefined) return void (await loadNeededReleases(pool, wanted));
  await loadNeededReleases(pool, 'baseline');
  try {
    await loadNeededReleases(pool, await listShippedReleases());
  } catch (error) {
    // A role that may only read gets a site of what is loaded.
    if (!(error instanceof SnoopDbError && error.code === 'not_allowed')) throw error;
  }
}
