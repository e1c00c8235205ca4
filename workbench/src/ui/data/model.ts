import type {
  AskedRelease,
  EndpointState,
  HittingTest,
  ProgressAnswer,
  ProgressEndpoint,
  ReleaseLists,
  ReleaseTable,
  TableEndpoint,
} from '@snoop/snoopdb';

/**
 * The data files of the page, as JSON. `snoop ui` answers them at `data/<name>`, `snoop site` writes the first four kinds
 * as files.
 */

/** `releases.json`: all loaded releases, newest first. */
export interface ReleasesFile {
  readonly releases: readonly AskedRelease[];
}

/** An endpoint without what only its own page shows. */
export interface TableRow extends Omit<TableEndpoint, 'description' | 'reference' | 'tests' | 'namelessHit'> {
  /** Number of e2e tests that hit it. */
  readonly tests: number;
}

/** `<release>/table.json`: what the pages Coverage and Lists show. */
export interface TableFile extends Pick<ReleaseTable, 'release' | 'previous'> {
  readonly endpoints: readonly TableRow[];
  readonly lists: ReleaseLists;
}

/** `<release>/details.json`: what the pages of endpoints and tests add. */
export interface DetailsFile {
  readonly tests: readonly (HittingTest & { readonly test: string })[];
  /** Loaded releases, newest first, in the order of {@link EndpointDetails.history}. */
  readonly releases: readonly string[];
  /** By name. */
  readonly endpoints: Readonly<Record<string, EndpointDetails>>;
}

export interface EndpointDetails {
  readonly description: string | null;
  /** URL in the Kubernetes API reference; null: none. */
  readonly reference: string | null;
  /** Indexes in `tests` of the file. */
  readonly tests: readonly number[];
  /** Whether an e2e test with unknown name hit it. */
  readonly namelessHit: boolean;
  /** Its state in each release, as {@link historyLetters}. */
  readonly history: string;
}

export const historyLetters: Readonly<Record<EndpointState, string>> = {
  'conformance tested': 'c',
  tested: 't',
  untested: 'u',
  deprecated: 'd',
  unknown: '?',
  absent: '-',
};

/** `progress.json`: conformance progress by release. */
export interface ProgressFile extends ProgressAnswer {
  readonly endpoints: readonly ProgressEndpoint[];
}
