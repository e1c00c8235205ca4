import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { compareReleases } from '../release.ts';
import type { Operation } from '../resolver/openapi-document.ts';

/** One endpoint of a snapshot. */
export interface SnapshotEndpoint extends Operation {
  tested: boolean;
  confTested: boolean;
  /** The tests that hit it, by their number in the snapshot's list. */
  tests: number[];
}

/** What ships of a release: its endpoints, what its tests hit, and the lists that decide what is eligible. */
export interface BaselineSnapshot {
  release: string;
  releaseDate: string | null;
  /** Where the coverage comes from, for people. */
  origin: string;
  /** URL or name of the OpenAPI document. */
  spec: string;
  /** Why the coverage is incomplete, in a sentence; null when it is sound. */
  incomplete: string | null;
  /** The runs that the coverage was made from. */
  sources: string[];
  tests: string[];
  /** Source files of conformance tests. */
  files: string[];
  /** The tests that were promoted to conformance: number in `tests`, title, number in `files`, release as published. */
  conformance: { test: number; testname: string | null; file: number | null; promotion: string | null }[];
  endpoints: SnapshotEndpoint[];
  ineligible: { endpoint: string; reason: string; link: string }[];
  pending: string[];
}

const folder = new URL('../../data/baseline/', import.meta.url);
const suffix = '.json.gz';

/** The releases whose snapshots ship with this program, oldest first. */
export async function listShippedReleases(): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort(compareReleases);
}

/** A shipped snapshot as it lies on the disk, and the hash that tells whether it is the one that was loaded. */
export async function readShippedSnapshot(release: string): Promise<{ bytes: Buffer; digest: string }> {
  const bytes = await readFile(new URL(`${release}${suffix}`, folder));
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Unpacks a snapshot that make-data has written. */
export function unpackSnapshot(bytes: Buffer): BaselineSnapshot {
  const snapshot: BaselineSnapshot = JSON.parse(gunzipSync(bytes).toString());
  return snapshot;
}
