import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

/** The shipped history: since when eligible endpoints are stable, the conformance tests that hit them, the releases. */
export interface HistorySnapshot {
  /** Its origin, for people. */
  origin: string;
  newestRelease: string;
  /** Release and date; null while in development. */
  calendar: [release: string, date: string | null][];
  /** Source files of tests. */
  files: string[];
  /** Codename, title, number of its file, release of its promotion. */
  tests: [codename: string, testname: string | null, file: number | null, release: string][];
  /** Endpoint, first stable release, promotion of its earliest test, numbers of its tests. */
  endpoints: [endpoint: string, firstRelease: string, testedRelease: string | null, tests: number[]][];
}

const file = new URL('../../data/history.json.gz', import.meta.url);

/** The packed history, and its hash, which tells whether it is loaded. */
export async function readShippedHistory(): Promise<{ bytes: Buffer; digest: string }> {
  const bytes = await readFile(file);
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Unpacks a history written by make-data. */
export function unpackHistory(bytes: Buffer): HistorySnapshot {
  const history: HistorySnapshot = JSON.parse(gunzipSync(bytes).toString());
  return history;
}

/** Reads the shipped history, without a database. */
export async function readHistory(): Promise<HistorySnapshot> {
  return unpackHistory((await readShippedHistory()).bytes);
}
