import { SnoopError } from '../errors.ts';
import { readKindState } from './state.ts';

/**
 * A state folder has one cluster: what works on the local control plane must not meet a kind cluster there.
 *
 * @param way the way out; without one: go on with it, delete it, or use two folders
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
              "Go on with it: 'snoop up --kind'. Or delete it with its data: 'snoop down --kind'. Or keep both: --state DIR.",
            ],
    },
  );
}

/** The refusal to touch a cluster that is not this state's. */
export function createForeignClusterError(name: string): SnoopError {
  return new SnoopError(
    'cluster_exists',
    `A kind cluster named '${name}' exists already, and this state did not make it.`,
    {
      advice: [
        "Make another one beside it: 'snoop up --kind --name OTHER'.",
        `Or remove it, if nobody needs it: 'kind delete cluster --name ${name}'.`,
        "Or work on it as it is: 'snoop test --kubeconfig FILE --database-url URL'; the state that made it prints both: 'snoop up --kind --state DIR'.",
      ],
    },
  );
}
