import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Of a Pod: its namespace, and the CA that only its cluster has. */
const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Names the state folder of this machine in the labels of a cluster. A cluster may be shared, and only the one who made
 * a namespace knows whether its run still goes on.
 *
 * @param stateFolder absolute
 * @param machine see {@link identifyMachine}
 * @returns a valid label value, the same at every call
 */
export function createOwnerLabel(stateFolder: string, machine = identifyMachine()): string {
  return createHash('sha256').update(`${machine}\0${stateFolder}`).digest('hex').slice(0, 20);
}

/**
 * Tells machines apart. Pods of several namespaces or clusters may have one hostname, as that of the workbench, which
 * stays the same when its Pod is replaced: the new Pod sweeps what tests of the former one left.
 */
export function identifyMachine(serviceAccountFolder = podFolder): string {
  return [hostname(), ...['namespace', 'ca.crt'].map((name) => readIfThere(join(serviceAccountFolder, name)))].join(
    '\0',
  );
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The labels of a namespace that is made for a test. */
export const namespaceLabels = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'snoop-run',
  /** See {@link createOwnerLabel}. */
  owner: 'snoop-state',
} as const;
