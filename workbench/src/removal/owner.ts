import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A Pod's namespace and its cluster's CA. */
const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Creates the owner label of a state folder on this machine. In a shared cluster, only the owner of a namespace knows
 * whether its run is still going on.
 *
 * @param stateFolder absolute
 * @param machine see {@link identifyMachine}
 * @returns a valid label value, always the same
 */
export function createOwnerLabel(stateFolder: string, machine = identifyMachine()): string {
  return createHash('sha256').update(`${machine}\0${stateFolder}`).digest('hex').slice(0, 20);
}

/**
 * Identifies this machine. Pods in several namespaces or clusters may have the same hostname, such as the workbench,
 * which keeps it when its Pod is replaced: the new Pod removes what tests of the old one left.
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

/** The labels of a test's namespace. */
export const namespaceLabels = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'snoop-run',
  /** See {@link createOwnerLabel}. */
  owner: 'snoop-state',
} as const;
