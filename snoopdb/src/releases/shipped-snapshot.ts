import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { compareReleases } from '../release.ts';
import type { Operation } from '../resolver/openapi-document.ts';
import type { UnknownEndpoint } from './unknown-coverage.ts';

/** An endpoint, and what the published coverage says about it. */
export interface SnapshotEndpoint extends Operation {
  tested: boolean;
  confTested: boolean;
  /** The tests that hit it, as indexes of the snapshot's list. */
  tests: number[];
}

/** What an audit run of this project hit. */
export interface SnapshotRun {
  /** Its date, suite and cluster, for people. */
  source: string;
  hits: { endpoint: string; tests: number[] }[];
}

/** The shipped data of a release: endpoints, what tests hit, and the lists that decide eligibility. */
export interface BaselineSnapshot {
  release: string;
  releaseDate: string | null;
  /** The origin of the coverage, for people. */
  origin: string;
  /** URL or name of the OpenAPI document. */
  spec: string;
  /** Why the coverage is incomplete, in a sentence; null if it is complete. */
  incomplete: string | null;
  /** The test runs of the coverage. */
  sources: string[];
  tests: string[];
  /** Source files of conformance tests. */
  files: string[];
  /** Tests that were promoted to conformance: index in `tests`, title, index in `files`, release as published. */
  conformance: { test: number; testname: string | null; file: number | null; promotion: string | null }[];
  endpoints: SnapshotEndpoint[];
  /** Audit runs that add to the published coverage. */
  auditRuns?: SnapshotRun[];
  /** Endpoints that the published coverage does not list: unknown, unless an audit run hit them. */
  unknown?: UnknownEndpoint[];
  ineligible: { endpoint: string; reason: string; link: string }[];
  pending: string[];
}

/** The release that is the baseline until another is chosen: that of the local control plane's default programs. */
export const defaultBaseline = '1.37.0';

const folder = new URL('../../data/baseline/', import.meta.url);
const suffix = '.json.gz';

/** The shipped releases, oldest first. */
export async function listShippedReleases(): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort(compareReleases);
}

/** A packed snapshot, and its hash, which tells whether it is loaded. */
export async function readShippedSnapshot(release: string): Promise<{ bytes: Buffer; digest: string }> {
  const bytes = await readFile(new URL(`${release}${suffix}`, folder));
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Unpacks a snapshot written by make-data. */
export function unpackSnapshot(bytes: Buffer): BaselineSnapshot {
  const snapshot: BaselineSnapshot = JSON.parse(gunzipSync(bytes).toString());
  return snapshot;
}

/** Snapshots never change, and the gate asks for each of them several times. */
const unpacked = new Map<string, WeakRef<BaselineSnapshot>>();

/**
 * Reads the data of a shipped release, without a database; null if it does not ship. Do not change it.
 * @param release as X.Y.Z
 */
export async function readShippedRelease(release: string): Promise<Readonly<BaselineSnapshot> | null> {
  const known = unpacked.get(release)?.deref();
  if (known !== undefined) return known;
  if (!(await listShippedReleases()).includes(release)) return null;
  const snapshot = unpackSnapshot((await readShippedSnapshot(release)).bytes);
  unpacked.set(release, new WeakRef(snapshot));
  return snapshot;
}
