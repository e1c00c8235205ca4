import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operation } from '@snoop/snoopdb';
import { type Documents, readDocuments } from './documents.ts';

/** What the gate is given, in a folder of its own. */
export interface Inputs {
  readonly folder: string;
  readonly documents: Documents;
  /** The flags that name documents and lists. */
  readonly flags: readonly string[];
}

/** A release has so many e2e tests, and so many entries in conformance.yaml. */
const tests = 1400;
const listed = 460;

export async function withInputs<T>(work: (inputs: Inputs) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-bench-gate-'));
  try {
    const documents = await readDocuments();
    const files = {
      'swagger-1.37.json': documents.current,
      'swagger-1.36.json': documents.previous,
      'conformance.yaml': makeConformanceList(),
      'ineligible.yaml': makeIneligibleList(documents.operations),
      'pending.yaml': '# none\n',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const flags = ['--openapi', 'swagger-1.37.json', '--release', '1.37', '--previous', 'swagger-1.36.json'];
    for (const list of ['conformance', 'ineligible', 'pending']) flags.push(`--${list}`, `${list}.yaml`);
    return await work({ folder, documents, flags });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A coverage file in which conformance tests hit every endpoint, with twenty tests each. */
export function makeCoverage(operations: readonly Operation[]): string {
  const counted = operations.filter(({ deprecated }) => !deprecated);
  const endpoints = counted.map(({ method: _, deprecated: _deprecated, ...operation }, index) => ({
    ...operation,
    ...{ release: '1.37.0', tested: true, conf_tested: true },
    tests: Array.from({ length: 20 }, (_test, step) => nameTest((index + step * 71) % tests)),
  }));
  const totals = { 'total endpoints': counted.length, 'tested endpoints': counted.length };
  const about = { release: '1.37.0', release_date: new Date().toISOString().slice(0, 10), sources: [], tests: [] };
  return JSON.stringify({ ...about, ...totals, endpoints });
}

function makeConformanceList(): string {
  const entries = Array.from({ length: listed }, (_, number) => ({
    ...{ testname: `Test ${number}`, codename: nameTest(number), release: `v1.${10 + (number % 28)}` },
    ...{ file: 'test/e2e/apimachinery/bench.go', description: 'What the API server MUST do. '.repeat(20) },
  }));
  return entries.map((entry) => `- ${JSON.stringify(entry)}\n`).join('');
}

/** With one entry, since an empty list is refused. */
function makeIneligibleList([first]: readonly Operation[]): string {
  return JSON.stringify([
    { endpoint: first?.endpoint, reason: 'A bench needs one entry.', link: 'https://example.com' },
  ]);
}

function nameTest(number: number): string {
  return `[sig-testing] Object number ${number} should do what is expected of it in every way [Conformance]`;
}
