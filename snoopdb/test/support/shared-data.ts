import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

// Real data of public projects lies beside some checkouts; it is for tests only and no part of the project.
const folder = new URL('../../../../shared/data/', import.meta.url);

/** Whether that data is there. */
export const hasSharedData = existsSync(folder);

if (!hasSharedData) console.log('Tests on published data are skipped: ../shared/data is not there.');

/** Reads one of its JSON files, gzipped or not. */
export function readSharedJson(path: string): unknown {
  const bytes = readFileSync(new URL(path, folder));
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
}

/** The bytes of one of its files, unpacked. */
export function readSharedBytes(path: string): Buffer {
  const bytes = readFileSync(new URL(path, folder));
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}
