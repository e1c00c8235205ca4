import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

/** What ships of the history: since when each eligible endpoint is stable, the conformance tests that hit it, the releases. */
export interface HistorySnapshot {
  /** Where it comes from, for people. */
  origin: string;
  /** The newest release it speaks of. */
  newestRelease: string;
  /** Release and day; null while in development. */
  calendar: [release: string, date: string | null][];
  /** Source files of tests. */
  files: string[];
  /** Codename, title, number of its file, release of its promotion. */
  tests: [codename: string, testname: string | null, file: number | null, release: string][];
  /** Endpoint, first stable release, promotion of its earliest test, numbers of its tests. */
  endpoints: [endpoint: string, firstRelease: string, testedRelease: string | null, tests: number[]][];
}

const file = new URL('../../data/history.json.gz', import.meta.url);

/** The shipped history as it lies on the disk, and the hash that tells whether it is the one that was loaded. */
export async function readShippedHistory(): Promise<{ bytes: Buffer; digest: string }> {
  const bytes = await readFile(file);
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Unpacks a history that make-data has written. */
export function unpackHistory(bytes: Buffer): HistorySnapshot {
  const history: HistorySnapshot = JSON.parse(gunzipSync(bytes).toString());
  return history;
}
