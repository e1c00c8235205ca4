/**
 * Creates the data files that ship with this package from published files of the Kubernetes project and our own audit runs;
 * docs/new-release.md has the commands. Each input is a path or a URL, plain or gzipped. The release of an OpenAPI document,
 * of conformance.yaml and of --released is in its name; a coverage file names its own.
 *
 * It writes baseline/<release>.json.gz for each --coverage, and with --history history.json.gz. The same input gives the
 * same bytes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { readConformanceTests } from '../src/releases/conformance-tests.ts';
import { type CoverageDocument, type ListedTest, readCoverage } from '../src/releases/coverage-document.ts';
import { readJsonDocument, readListDocument } from '../src/inputs/document.ts';
import { readIneligible, readPending } from '../src/releases/eligibility.ts';
import { findInputs, type LoadInput } from '../src/inputs/input.ts';
import type { ListedIneligible } from '../src/releases/lists.ts';
import { isSameMinor } from '../src/release.ts';
import { requireRelease } from '../src/releases/release-in-name.ts';
import { readCalendar } from '../src/releases/calendar-document.ts';
import { readOperations } from '../src/resolver/openapi-document.ts';
import { combineWithCoverage } from '../src/releases/published-coverage.ts';
import type { BaselineSnapshot } from '../src/releases/shipped-snapshot.ts';
import { createHistory } from './make-history.ts';

const { values } = parseArgs({
  options: {
    openapi: { type: 'string', multiple: true },
    coverage: { type: 'string', multiple: true },
    /** Coverage that an audit run of this project made, of a patch release of one of these. */
    'audit-run': { type: 'string', multiple: true },
    /** conformance.yaml; without one the tests are those that the coverage file lists. */
    conformance: { type: 'string', multiple: true },
    /** X.Y.Z=YYYY-MM-DD: the day of a release that the other files do not know yet. */
    released: { type: 'string', multiple: true },
    ineligible: { type: 'string', multiple: true },
    pending: { type: 'string' },
    history: { type: 'string' },
    progress: { type: 'string' },
    calendar: { type: 'string' },
    origin: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('.', import.meta.url)) },
  },
});

const released = new Map((values.released ?? []).map((one) => [one.split('=')[0] ?? '', one.split('=')[1] ?? '']));

async function findInput(flag: string, what: string | undefined): Promise<LoadInput> {
  if (what === undefined) throw new Error(`Missing flag --${flag}. See docs/new-release.md.`);
  const [input] = await findInputs(what, { cwd: process.cwd(), stdin: process.stdin });
  if (!input) throw new Error(`${what} is empty.`);
  return input;
}

async function readCoverageFile(name: string, flag: string): Promise<CoverageDocument> {
  return readCoverage((await readJsonDocument(await findInput(flag, name), {})).value, name);
}

/** The entries of all lists; of those with the same endpoint the first counts. */
async function readIneligibleLists(): Promise<ListedIneligible[]> {
  const found = new Map<string, ListedIneligible>();
  for (const name of values.ineligible ?? []) {
    const input = await findInput('ineligible', name);
    for (const one of readIneligible((await readListDocument(input, {})).value, input.name)) {
      if (!found.has(one.endpoint)) found.set(one.endpoint, one);
    }
  }
  if (found.size === 0) throw new Error('Missing flag --ineligible. See docs/new-release.md.');
  return [...found.values()];
}

async function readConformance(): Promise<Map<string, ListedTest[]>> {
  const found = new Map<string, ListedTest[]>();
  for (const name of values.conformance ?? []) {
    const input = await findInput('conformance', name);
    const { tests } = readConformanceTests((await readListDocument(input, {})).value, name);
    found.set(requireRelease(name, undefined), tests);
  }
  return found;
}

async function readAuditRuns(): Promise<{ source: string; coverage: CoverageDocument }[]> {
  const runs = [];
  for (const name of values['audit-run'] ?? []) {
    const coverage = await readCoverageFile(name, 'audit-run');
    const [run] = coverage.sources;
    const specs = new Set(coverage.endpoints.flatMap(({ tests }) => tests)).size;
    if (run === undefined) throw new Error(`${name} names no source. Use the coverage.json of an audit run.`);
    const day = coverage.release_date?.slice(0, 10) ?? 'an unknown day';
    runs.push({ source: `${run} (specs: ${specs}, Kubernetes ${coverage.release}, ${day})`, coverage });
  }
  return runs;
}

async function createSnapshots(origin: string): Promise<BaselineSnapshot[]> {
  const ineligible = await readIneligibleLists();
  const pendingInput = await findInput('pending', values.pending);
  const pending = readPending((await readListDocument(pendingInput, {})).value, pendingInput.name).sort();
  const [conformance, runs] = [await readConformance(), await readAuditRuns()];
  const documents = new Map<string, LoadInput>();
  for (const name of values.openapi ?? []) {
    documents.set(requireRelease(name, undefined), await findInput('openapi', name));
  }
  const covered: [string, CoverageDocument][] = [];
  for (const name of values.coverage ?? []) covered.push([name, await readCoverageFile(name, 'coverage')]);
  for (const { source, coverage } of runs) {
    if (!covered.some(([, { release }]) => isSameMinor(coverage.release, release)))
      throw new Error(`No --coverage is for the minor version of '${source}'. Add it, or leave the --audit-run out.`);
  }
  const snapshots = [];
  for (const [name, published] of covered) {
    const { release } = published;
    const document = documents.get(release);
    if (!document)
      throw new Error(`${name} is for release ${release}. Add --openapi with the document of that release.`);
    const { operations } = readOperations((await readJsonDocument(document, {})).value);
    const spec = (document.name.includes('://') ? document.name : document.name.replace(/^.*\//, '')).replace(
      /\.gz$/,
      '',
    );
    // The API of all patch releases is the same.
    const auditRuns = runs.filter(({ coverage }) => isSameMinor(coverage.release, release));
    const day = published.release_date?.slice(0, 10) ?? 'an unknown day';
    const snapshot = combineWithCoverage(operations, published, {
      ...{ release, origin, spec, ineligible, pending, auditRuns },
      releaseDate: released.get(release),
      conformance: conformance.get(release),
      ...(auditRuns.length > 0 && {
        unknownReason: `The published coverage of ${day} does not list it, and no audit run of this project hit it.`,
      }),
    });
    await write(
      `baseline/${release}.json.gz`,
      snapshot,
      `${snapshot.endpoints.length} operations, ${snapshot.unknown?.length ?? 0} not published`,
    );
    if (snapshot.incomplete) console.log(`  ${snapshot.incomplete}`);
    snapshots.push(snapshot);
  }
  return snapshots;
}

async function writeHistory(origin: string, snapshots: readonly BaselineSnapshot[]): Promise<void> {
  const endpoints = await findInput('history', values.history);
  const progress = await findInput('progress', values.progress);
  const calendar = await findInput('calendar', values.calendar);
  const history = createHistory({
    origin,
    endpoints: (await readJsonDocument(endpoints, {})).value,
    progress: (await readJsonDocument(progress, {})).value,
    calendar: readCalendar((await readListDocument(calendar, {})).value, calendar.name).map((entry) => ({
      ...entry,
      date: entry.date ?? released.get(entry.release) ?? null,
    })),
    snapshots,
  });
  await write('history.json.gz', history, `${history.endpoints.length} endpoints, to ${history.newestRelease}`);
}

async function write(name: string, value: unknown, what: string): Promise<void> {
  const file = join(values.out, name);
  await mkdir(dirname(file), { recursive: true });
  const packed = gzipSync(JSON.stringify(value), { level: 9 });
  // The operating system byte of the gzip header would differ between machines.
  packed[9] = 0xff;
  await writeFile(file, packed);
  console.log(`${file}: ${what}, ${packed.length} bytes`);
}

if (values.origin === undefined) throw new Error('Missing flag --origin. See docs/new-release.md.');
const snapshots = await createSnapshots(values.origin);
if (values.history !== undefined) await writeHistory(values.origin, snapshots);
