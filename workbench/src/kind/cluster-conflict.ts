import { SnoopError } from '../errors.ts';
import { readKindState } from './state.ts';

/**
 * Checks that a state folder has no kind cluster, for commands on the local control plane.
 *
 * @param way the remedy; default: continue it, delete it, or use two folders
 * @throws SnoopError `kind_cluster`, exit code 2
 */
export function checkNoKindCluster(stateFolder: string, way?: string): void {
  const state = readKindState(stateFolder);
  if (!state) return;
  throw new SnoopError(
    'kind_cluster',
    `The kind cluster '${state.name}' belongs to ${stateFolder}, and a state folder has one cluster.`,
    {
      exitCode: 2,
      advice:
        way !== undefined
          ? [way]
          : [
              "Continue it: 'snoop up --kind'. Or delete it with its data: 'snoop down --kind'. Or keep both: --state DIR.",
            ],
    },
  );
}

/** The error for a cluster that is not this state's. */
export function createForeignClusterError(name: string): SnoopError {
  return new SnoopError(
    'cluster_exists',
    `A kind cluster named '${name}' exists already, and this state did not create it.`,
    {
      advice: [
        "Create another one: 'snoop up --kind --name OTHER'.",
        `Or delete it, if it is not needed: 'kind delete cluster --name ${name}'.`,
        "Or use it as it is: 'snoop test --kubeconfig FILE --database-url URL'. 'snoop up --kind --state DIR' of its own state prints both.",
      ],
    },
  );
}
