import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import { locateAuditlogger } from '../control-plane/auditlogger.ts';
import { createLayout } from '../control-plane/layout.ts';
import { findControlPlane } from '../control-plane/state.ts';
import type { AuditloggerAddress } from '../evidence/auditlogger-state.ts';
import { findKindCluster } from '../kind/state.ts';

/** The cluster of a state folder, used when no other is named. */
export interface StateCluster {
  /** `local`: the control plane of 'snoop up'; `kind`: the cluster of 'snoop up --kind'. */
  readonly kind: 'local' | 'kind';
  readonly kubeconfig: KubeconfigChoice;
  /** The sources of its events, one per kube-apiserver. */
  readonly sources: readonly string[];
  readonly snoopdb: {
    /** Contains the password. */
    readonly url: string;
    /** Whether it is the state folder's server. */
    readonly embedded: boolean;
  };
  /** null when it cannot be reached from here. */
  readonly auditlogger: AuditloggerAddress | null;
  /** Whether new namespaces get a ServiceAccount. */
  readonly serviceAccounts: boolean;
  /** What to check when events do not arrive, one line each. */
  readonly hints: readonly string[];
}

/** Finds the running cluster of a state folder; null when none runs. */
export async function findStateCluster(stateFolder: string): Promise<StateCluster | null> {
  return (await findLocal(stateFolder)) ?? (await findKind(stateFolder));
}

async function findLocal(stateFolder: string): Promise<StateCluster | null> {
  const controlPlane = await findControlPlane(stateFolder);
  return (
    controlPlane && {
      kind: 'local',
      kubeconfig: { files: [controlPlane.kubeconfig], context: null },
      sources: [controlPlane.source],
      snoopdb: controlPlane.snoopdb,
      auditlogger: locateAuditlogger(createLayout(controlPlane.folder), controlPlane.auditlogger.url),
      serviceAccounts: controlPlane.controllerManager.running,
      hints: [
        "'snoop status': does every part run?",
        `${controlPlane.folder}/logs: auditlogger.log and kube-apiserver.log say what they could not do`,
      ],
    }
  );
}

async function findKind(stateFolder: string): Promise<StateCluster | null> {
  const cluster = await findKindCluster(stateFolder);
  if (cluster === null) return null;
  const [node = 'the control plane'] = cluster.sources;
  const logs = (name: string): string =>
    `kubectl --kubeconfig ${cluster.kubeconfig} -n kube-system logs ${name}-${node}`;
  return {
    kind: 'kind',
    kubeconfig: { files: [cluster.kubeconfig], context: cluster.context },
    sources: cluster.sources,
    snoopdb: { url: cluster.snoopdb.url, embedded: false },
    auditlogger: null,
    serviceAccounts: true,
    hints: [
      "'snoop status': does every part run?",
      `${logs('auditlogger')} and ${logs('kube-apiserver')}: what could they not do?`,
    ],
  };
}
