import {
  loadConformanceTests,
  loadCoverage,
  loadIneligible,
  loadOpenapi,
  loadPending,
  loadReleases,
} from '@snoop/snoopdb';
import type { LoadedCoverage, LoadedDocument, LoadInput, Pool } from '@snoop/snoopdb';
import type { Loading, LoadKind } from './request.ts';
import type { LoadStep } from './summary.ts';

type Load = (
  pool: Pool,
  input: LoadInput,
  options: { release?: string; signal?: AbortSignal },
) => Promise<LoadedDocument>;

const loaders: Readonly<Record<Exclude<LoadKind, 'audit' | 'baseline'>, Load>> = {
  openapi: loadOpenapi,
  coverage: loadCoverage,
  conformance: loadConformanceTests,
  ineligible: loadIneligible,
  pending: loadPending,
  releases: loadReleases,
};

/** Loads documents one by one, until one fails. */
export async function loadDocuments({
  request,
  context,
  pool,
  done,
  kind,
  inputs,
}: Loading & {
  readonly kind: Exclude<LoadKind, 'audit' | 'baseline'>;
  readonly inputs: readonly LoadInput[];
}): Promise<void> {
  const { progress, signal } = context;
  const { release } = request.flags;
  for (const input of inputs) {
    signal.throwIfAborted();
    const options = { signal, ...(release !== undefined && { release }) };
    const loaded = await progress.step(`loading ${input.name}`, () => loaders[kind](pool, input, options));
    done(describeDocument(loaded));
  }
}

/** Converts a loaded document to a step of the summary. */
export function describeDocument(loaded: LoadedDocument | LoadedCoverage): LoadStep {
  const { what, name, release, read, stored, notes } = loaded;
  const incomplete = 'incomplete' in loaded ? loaded.incomplete : null;
  return {
    what,
    name,
    release,
    source: null,
    read,
    stored,
    resolved: null,
    rejected: 0,
    skipped: 0,
    notes,
    incomplete,
  };
}
