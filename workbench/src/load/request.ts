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

/** What a person asked `snoop load` to do. */
export interface LoadRequest {
  readonly kind: LoadKind;
  /** Files, directories, URLs, `-`; the releases of baselines that ship. */
  readonly names: readonly string[];
  /** As `snoop load --help` explains them. */
  readonly flags: {
    readonly release?: string | undefined;
    readonly source?: string | undefined;
    readonly cluster: boolean;
    readonly kubeconfig?: string | undefined;
    readonly context?: string | undefined;
    readonly url?: string | undefined;
    readonly use: boolean;
    readonly databaseUrl?: string | undefined;
    readonly state?: string | undefined;
  };
}

/** What every way of loading is handed. */
export interface Loading {
  readonly request: LoadRequest;
  readonly context: Context;
  readonly pool: Pool;
  /** Called with each file as soon as it is whole in the database. */
  done(step: LoadStep): void;
}
