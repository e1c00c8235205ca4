/**
 * Makes the data file of a release that ships with this package, from what the Kubernetes project publishes:
 *
 *   npx tsx --conditions @snoop/source snoopdb/data/make-baseline.ts --release 1.36.0 \
 *     --openapi swagger-1.36.json.gz --coverage 1.36.0.json.gz \
 *     --ineligible ineligible_endpoints.json --pending pending_eligible_endpoints.yaml \
 *     --origin 'kubernetes-sigs/apisnoop, resources/coverage, commit 1bd88fd (2026-06-29)'
 *
 * Each of the four is a path or a URL, plain or gzipped. The same input gives the same bytes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BaselineSnapshot } from '../src/baseline-snapshot.ts';
import { readOperations } from '../src/openapi-document.ts';
import { combineWithCoverage, type PublishedCoverage } from '../src/published-coverage.ts';
import { normalizeRelease } from '../src/release.ts';

async function makeBaseline(): Promise<void> {
  const { values } = parseArgs({
    options: {
      release: { type: 'string' },
      openapi: { type: 'string' },
      coverage: { type: 'string' },
      ineligible: { type: 'string' },
      pending: { type: 'string' },
      origin: { type: 'string' },
    },
  });
  const { openapi, coverage, ineligible, pending, origin } = values;
  if (!values.release || !openapi || !coverage || !ineligible || !pending || !origin) {
    throw new Error('Wanted: --release X.Y.Z --openapi … --coverage … --ineligible … --pending … --origin …');
  }
  const release = normalizeRelease(values.release);
  const published: PublishedCoverage = JSON.parse(await readSource(coverage));
  if (published.release !== release) throw new Error(`The coverage is of ${published.release}, not of ${release}.`);
  const list: BaselineSnapshot['ineligible'] = JSON.parse(await readSource(ineligible));
  const { operations } = readOperations(JSON.parse(await readSource(openapi)));
  const snapshot = combineWithCoverage(operations, published, list, {
    release,
    origin,
    spec: (openapi.includes('://') ? openapi : (openapi.split('/').at(-1) ?? openapi)).replace(/\.gz$/, ''),
    pending: readNames(await readSource(pending)),
  });
  const folder = new URL('baseline/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(`${release}.json.gz`, folder);
  await writeFile(file, pack(snapshot));
  const tested = snapshot.endpoints.filter((endpoint) => endpoint.tested).length;
  console.log(`${file.pathname}: ${snapshot.endpoints.length} operations, ${tested} tested`);
  if (snapshot.incomplete) console.log(snapshot.incomplete);
}

function readNames(yaml: string): string[] {
  return [...yaml.matchAll(/^\s*-\s+"?([A-Za-z0-9]+)"?\s*(?:#.*)?$/gm)].flatMap(([, name]) => name ?? []).sort();
}

async function readSource(source: string): Promise<string> {
  const bytes = /^https?:\/\//.test(source) ? await download(source) : await readFile(source);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
}

async function download(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
  return Buffer.from(await answer.arrayBuffer());
}

function pack(snapshot: BaselineSnapshot): Buffer {
  const packed = gzipSync(JSON.stringify(snapshot), { level: 9 });
  // The header's byte for the operating system would make the file differ between machines.
  packed[9] = 0xff;
  return packed;
}

await makeBaseline();
