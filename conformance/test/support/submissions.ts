import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

// Exists beside some checkouts; for tests only.
const folder = new URL('../../../../shared/data/', import.meta.url);

/** Whether the published results are there. */
export const hasSubmissions = existsSync(new URL('submissions/v1.33/', folder));

if (!hasSubmissions) console.log('Not tested on published results: ../shared/data is not there.');

/** Reads a file of `shared/data`, unpacked. */
export function readShared(path: string): Buffer {
  const packed = new URL(`${path}.gz`, folder);
  return existsSync(packed) ? gunzipSync(readFileSync(packed)) : readFileSync(new URL(path, folder));
}
