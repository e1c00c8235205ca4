import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Measurement } from '../measurement/figure.ts';

const folder = fileURLToPath(new URL('../../../workbench/web/dist/', import.meta.url));

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

/** JavaScript and CSS that the Coverage page loads. */
export async function measure(): Promise<Measurement> {
  const chunks: Record<string, Chunk> = JSON.parse(readFileSync(`${folder}.vite/manifest.json`, 'utf8'));
  const files = new Set<string>();
  const add = (name: string): void => {
    const chunk = chunks[name];
    if (chunk === undefined) throw new Error(`The page has no chunk ${name}.`);
    if (files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const one of chunk.imports ?? []) add(one);
  };
  add('src/main.ts');
  add('src/coverage/Coverage.svelte');
  const bytes = [...files].map((file) => gzipSync(readFileSync(folder + file), { level: 9 }).length);
  const measured = bytes.reduce((sum, one) => sum + one, 0) / 1000;
  return {
    figures: [{ what: 'first page, gzip', measured, unit: 'KB', target: 120, floor: 200, better: 'less' }],
    notes: [`${files.size} files`],
  };
}
