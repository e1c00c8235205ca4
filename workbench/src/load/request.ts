import type { Pool } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import type { LoadStep } from './summary.ts';

export const loadKinds = [
  'openapi',
  'audit',
  'coverage',
  'conformance',
  'ineligible',
  'pending',
  'releases',
  'baseline',
] as const;
export type LoadKind = (typeof loadKinds)[number];

/** The command line of `snoop load`. */
export interface LoadRequest {
  readonly kind: LoadKind;
  /** Files, directories, URLs, `-`; or releases that ship. */
  readonly names: readonly string[];
  readonly flags: {
    readonly release?: string | undefined;
    readonly source?: string | undefined;
    readonly cluster: boolean;
    readonly kubeconfig?: string | undefined;
    readonly context?: string | undefined;
    readonly url?: string | undefined;
    readonly use: boolean;
    /** Whether an incomplete audit run is accepted. */
    readonly partial: boolean;
    readonly databaseUrl?: string | undefined;
    readonly state?: string | undefined;
  };
}

/** What every loader gets. */
export interface Loading {
  readonly request: LoadRequest;
  readonly context: Context;
  readonly pool: Pool;
  /** Called for each input after its commit. */
  done(step: LoadStep): void;
}
