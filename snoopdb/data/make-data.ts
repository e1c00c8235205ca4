/**
 * Creates the data files that ship with this package from published files of the Kubernetes project:
 *
 *   npx tsx --conditions @snoop/source snoopdb/data/make-data.ts \
 *     --openapi swagger-1.35.json.gz --openapi swagger-1.36.json.gz \
 *     --coverage 1.35.0.json.gz --coverage 1.36.0.json.gz \
 *     --ineligible ineligible_endpoints.json --pending pending_eligible_endpoints.yaml \
 *     --history conformance-endpoints.json.gz --progress conformance-progress.json --calendar releases.yaml \
 *     --origin 'kubernetes-sigs/apisnoop, resources/coverage, commit 1bd88fd (2026-06-29)'
 *
 * Each is a path or a URL, plain or gzipped; the release of an OpenAPI document is in its name. It writes
 * baseline/<release>.json.gz for each coverage, and history.json.gz. The same input gives the same bytes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { readCoverage } from '../src/releases/coverage-document.ts';
import { readJsonDocument, readListDocument } from '../src/inputs/document.ts';
import { readIneligible, readPending } from '../src/releases/eligibility.ts';
import { findInputs, type LoadInput } from '../src/inputs/input.ts';
import { requireRelease } from '../src/releases/release-in-name.ts';
import { readCalendar } from '../src/releases/calendar-document.ts';
import { readOperations } from '../src/resolver/openapi-document.ts';
import { combineWithCoverage } from '../src/releases/published-coverage.ts';
import { createHistory } from './make-history.ts';

const { values } = parseArgs({
  options: {
    openapi: { type: 'string', multiple: true },
    coverage: { type: 'string', multiple: true },
    ineligible: { type: 'string' },
    pending: { type: 'string' },
    history: { type: 'string' },
    progress: { type: 'string' },
    calendar: { type: 'string' },
    origin: { type: 'string' },
  },
});

async function findInput(flag: string, what: string | undefined): Promise<LoadInput> {
  if (what === undefined) throw new Error(`Missing flag --${flag}. See the example at the top of make-data.ts.`);
  const [input] = await findInputs(what, { cwd: process.cwd(), stdin: process.stdin });
  if (!input) throw new Error(`${what} is empty.`);
  return input;
}

async function writeBaselines(origin: string): Promise<void> {
  const ineligibleInput = await findInput('ineligible', values.ineligible);
  const pendingInput = await findInput('pending', values.pending);
  const ineligible = readIneligible((await readListDocument(ineligibleInput, {})).value, ineligibleInput.name);
  const pending = readPending((await readListDocument(pendingInput, {})).value, pendingInput.name).sort();
  const documents = new Map<string, LoadInput>();
  for (const name of values.openapi ?? []) {
    documents.set(requireRelease(name, undefined), await findInput('openapi', name));
  }
  for (const name of values.coverage ?? []) {
    const published = readCoverage((await readJsonDocument(await findInput('coverage', name), {})).value, name);
    const { release } = published;
    const document = documents.get(release);
    if (!document)
      throw new Error(`${name} is for release ${release}. Add --openapi with the document of that release.`);
    const { operations } = readOperations((await readJsonDocument(document, {})).value);
    const spec = (document.name.includes('://') ? document.name : document.name.replace(/^.*\//, '')).replace(
      /\.gz$/,
      '',
    );
    const snapshot = combineWithCoverage(operations, published, { release, origin, spec, ineligible, pending });
    await write(`baseline/${release}.json.gz`, snapshot, `${snapshot.endpoints.length} operations`);
    if (snapshot.incomplete) console.log(`  ${snapshot.incomplete}`);
  }
}

async function writeHistory(origin: string): Promise<void> {
  const endpoints = await findInput('history', values.history);
  const progress = await findInput('progress', values.progress);
  const calendar = await findInput('calendar', values.calendar);
  const history = createHistory({
    origin,
    endpoints: (await readJsonDocument(endpoints, {})).value,
    progress: (await readJsonDocument(progress, {})).value,
    calendar: readCalendar((await readListDocument(calendar, {})).value, calendar.name),
  });
  await write('history.json.gz', history, `${history.endpoints.length} endpoints, to ${history.newestRelease}`);
}

async function write(name: string, value: unknown, what: string): Promise<void> {
  const file = new URL(name, import.meta.url);
  await mkdir(new URL('.', file), { recursive: true });
  const packed = gzipSync(JSON.stringify(value), { level: 9 });
  // The operating system byte of the gzip header would differ between machines.
  packed[9] = 0xff;
  await writeFile(file, packed);
  console.log(`${fileURLToPath(file)}: ${what}, ${packed.length} bytes`);
}

if (values.origin === undefined) throw new Error('Missing flag --origin. See the example at the top of make-data.ts.');
await writeBaselines(values.origin);
await writeHistory(values.origin);
