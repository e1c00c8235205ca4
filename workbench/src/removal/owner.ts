import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Names the state folder of this machine in the labels of a cluster. A cluster may be shared, and only the one who made
 * a namespace knows whether its run still goes on.
 *
 * @param stateFolder absolute
 * @returns a valid label value, the same at every call
 */
export function nameOwner(stateFolder: string): string {
  return createHash('sha256').update(`${hostname()}\0${stateFolder}`).digest('hex').slice(0, 20);
}

/** The labels of a namespace that is made for a test. */
export const namespaceLabels = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'snoop-run',
  /** See {@link nameOwner}. */
  owner: 'snoop-state',
} as const;
