import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Pool } from '@snoop/snoopdb';
import type { ReleasesFile } from '../ui/data/model.ts';
import { readProgress, readReleaseFiles, readReleases } from '../ui/data/release-files.ts';
import { type PageAssets, readAssets, webFolder } from '../ui/page/assets.ts';
import { type ReleasePage, releasePages } from '../ui/page/page-names.ts';
import { escapeHtml, writeShell } from '../ui/page/shell.ts';
import { version } from '../version.ts';
import { pickReleases } from './pick-releases.ts';
import { writeCoverageTable, writeListTables, writeProgressTable } from './tables.ts';

/** A file of the site; `name` is its path with slashes. */
export interface SiteFile {
  readonly name: string;
  readonly content: Buffer | string;
}

/**
 * Writes all files of a static site. The same data gives the same bytes.
 *
 * @param wanted the releases; undefined: all with coverage
 * @throws SnoopDbError `unknown_release`, `bad_release`; SnoopError `no_release`; `missing_program_file` if the page is not built
 */
export async function createSiteFiles(pool: Pool, wanted: readonly string[] | undefined): Promise<SiteFile[]> {
  const assets = await readAssets();
  const releases = pickReleases((await readReleases(pool)).releases, wanted);
  const progress = await readProgress(pool);
  const [first] = releases.filter(({ isBaseline }) => isBaseline).concat(releases);
  const list: ReleasesFile = { releases };
  const files: SiteFile[] = [
    ...(await readAssetFiles()),
    dataFile('releases', list),
    dataFile('progress', progress),
    {
      name: 'index.html',
      content: writeIndex(
        releases.map(({ release }) => release),
        first?.release ?? '',
      ),
    },
  ];
  const progressTable = writeProgressTable(progress);
  for (const { release } of releases) {
    const { table, details } = await readReleaseFiles(pool, release);
    files.push(dataFile(`${release}/table`, table), dataFile(`${release}/details`, details));
    const bodies: Partial<Record<ReleasePage, string>> = {
      coverage: writeCoverageTable(table),
      progress: progressTable,
      lists: writeListTables(table),
    };
    for (const page of releasePages) {
      files.push({ name: `${release}/${page}.html`, content: writePage(page, release, assets, bodies[page]) });
    }
  }
  return files;
}

const withoutScript =
  '<p>This page needs JavaScript for its picture, filters, search and details of endpoints and tests.</p>';

function writePage(page: ReleasePage, release: string, assets: PageAssets, table = ''): string {
  const settings = { page, release, root: '../', isLive: false, version };
  const title = `${page[0]?.toUpperCase()}${page.slice(1)} · ${release}`;
  const links = ['coverage', 'progress', 'lists'].map((name) => `<a href="${name}.html">${name}</a>`).join(' · ');
  const body = `<h1>${title}</h1><p>${links} · <a href="../index.html">releases</a></p>${withoutScript}${table}`;
  return writeShell(settings, assets, { title: `${title} · snoop`, body });
}

/** Leads to the first release, also without JavaScript. */
function writeIndex(releases: readonly string[], first: string): string {
  const items = releases.map((name) => `<li><a href="${escapeHtml(name)}/coverage.html">${escapeHtml(name)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url=${escapeHtml(first)}/coverage.html">
<title>Coverage of the Kubernetes API</title>
<link rel="icon" href="data:,">
</head>
<body>
<h1>Coverage of the Kubernetes API</h1>
<ul>
${items.join('\n')}
</ul>
</body>
</html>
`;
}

function dataFile(name: string, value: unknown): SiteFile {
  const content = gzipSync(JSON.stringify(value), { level: 9 });
  // The header names the operating system; the same bytes everywhere.
  content[9] = 255;
  return { name: `data/${name}.json.gz`, content };
}

async function readAssetFiles(): Promise<SiteFile[]> {
  const folder = new URL('assets/', webFolder);
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => ({ name: `assets/${name}`, content: await readFile(new URL(name, folder)) })),
  );
}
