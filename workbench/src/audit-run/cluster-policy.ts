import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { explainSystemError, readRegularFile, toError } from '@snoop/snoopdb';
import type { Target } from '../cluster-choice/select-target.ts';
import { createLayout } from '../control-plane/layout.ts';
import { wrongUse } from '../errors.ts';
import { findProjectRoot } from '../project-root.ts';
import type { RequestedOperation } from './documents/policy-request.ts';
import { type PolicyView, readPolicyView } from './documents/policy-view.ts';

/** The audit policy of a cluster, and what it does not show. */
export interface ClusterPolicy extends PolicyView {
  /** In hex. */
  readonly sha256: string;
}

/** A policy names some hundred resources. */
const maxBytes = 4 << 20;

/**
 * Reads the audit policy of a cluster: the file of --audit-policy, or that of a cluster of ours. A cluster does not show
 * its policy by its API.
 *
 * @returns null: it is unknown
 * @throws SnoopError `wrong_use` if the file of --audit-policy is not an audit policy
 */
export function readClusterPolicy(
  named: string | null,
  { target, stateFolder }: { readonly target: Target; readonly stateFolder: string },
  operations: readonly RequestedOperation[],
): ClusterPolicy | null {
  if (named !== null) return readPolicy(named, operations);
  const own = findOwnPolicy(target, stateFolder);
  try {
    return own === null ? null : readPolicy(own, operations);
  } catch {
    // Nothing is known of it.
    return null;
  }
}

function findOwnPolicy(target: Target, stateFolder: string): string | null {
  if (target.kind === 'local') return createLayout(stateFolder).auditPolicy;
  return target.kind === 'kind' ? join(findProjectRoot(), 'kind', 'audit', 'policy.yaml') : null;
}

function readPolicy(file: string, operations: readonly RequestedOperation[]): ClusterPolicy {
  try {
    if (statSync(file).size > maxBytes) throw new Error(`It is larger than ${maxBytes} bytes.`);
    const text = readRegularFile(file);
    return { ...readPolicyView(text, operations), sha256: createHash('sha256').update(text).digest('hex') };
  } catch (error) {
    const why = 'code' in toError(error) ? `${explainSystemError(error)}.` : toError(error).message;
    throw wrongUse(
      `--audit-policy ${file} cannot be used: ${why}`,
      "Name the file of kube-apiserver's --audit-policy-file.",
    );
  }
}
