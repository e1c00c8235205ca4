import type { Environment } from '../environment.ts';
import type { Progress } from '../progress.ts';

/** What `snoop doctor` was called with. */
export interface DoctorOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly databaseUrl: string | undefined;
  /** The sink kubeconfig of the cluster's kube-apiserver; undefined: the local control plane's. */
  readonly sink: string | undefined;
  /** The existing namespace of live tests; null: each test creates one. */
  readonly namespace: string | null;
  /** How long a probe request may take to SnoopDB; undefined: by the kind of cluster. */
  readonly waitMs: number | undefined;
  readonly stateFolder: string;
  readonly cwd: string;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
