import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { LoadInput } from '../../src/inputs/input.ts';

/** A document of a test's own as something to load from: an object becomes JSON. */
export function giveInput(name: string, content: unknown): LoadInput {
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return {
    name,
    bytes: bytes.length,
    isRepeatable: true,
    async *open() {
      yield bytes;
    },
    rawBytesRead: () => bytes.length,
  };
}

/** A file of the published data beside the checkout; see shared-data.ts. */
export function giveShared(path: string, name = path): LoadInput {
  const bytes = readFileSync(new URL(`../../../../shared/data/${path}`, import.meta.url));
  return giveInput(name, path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}
