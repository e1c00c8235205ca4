import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';

/** What a worker needs to know of its run; plain data, since it crosses processes. */
export interface RunContext {
  readonly runId: string;
  /** The folder of the run's journal. */
  readonly folder: string;
  readonly kubeconfig: KubeconfigChoice;
  /** false: this cluster creates no service accounts, so namespaces do not wait for one. */
  readonly serviceAccounts: boolean;
  /** The owner label of namespaces. */
  readonly owner: string;
  /** An existing namespace for all tests; null: each test gets its own. */
  readonly namespace: string | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    snoopRun: RunContext;
  }
}
