import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';

/** What a worker has to know of the run it belongs to; plain data, it crosses processes. */
export interface RunContext {
  readonly runId: string;
  /** The folder of the run's journal. */
  readonly folder: string;
  readonly kubeconfig: KubeconfigChoice;
  /** false: nothing makes service accounts in this cluster, so no namespace waits for one. */
  readonly serviceAccounts: boolean;
  /** For the labels of namespaces: whose they are. */
  readonly owner: string;
  /** An existing namespace that all tests use; null: each gets its own. */
  readonly namespace: string | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    snoopRun: RunContext;
  }
}
