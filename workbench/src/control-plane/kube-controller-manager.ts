import { join } from 'node:path';
import { isHealthy } from '../http-request.ts';
import type { Layout } from './layout.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import type { Program } from './programs/program.ts';
import { readCertificate } from './read-certificate.ts';

/** What does not work without it. */
export const withoutControllerManager =
  'Deleted namespaces stay Terminating, namespaces get no default ServiceAccount, owned objects are not garbage-collected, and no Deployment, Job or other controller does its work.';

/** Describes the kube-controller-manager; there is one, so it needs no leader election. */
export function describeControllerManager(
  layout: Layout,
  ports: Ports,
  program: Program,
  featureFlags: readonly string[],
): Part {
  const url = `https://127.0.0.1:${ports.controllerManager}`;
  const certificate = join(layout.controllerManagerCerts, 'kube-controller-manager.crt');
  return {
    name: 'kube-controller-manager',
    program: program.path,
    args: [
      `--kubeconfig=${layout.controllerManagerKubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.controllerManager}`,
      `--cert-dir=${layout.controllerManagerCerts}`,
      '--leader-elect=false',
      // Each controller acts as its own service account, with that account's RBAC rights.
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${layout.serviceAccountKey}`,
      `--root-ca-file=${layout.ca}`,
      // A namespace is deleted kind by kind, which takes seconds at the default rate.
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      ...featureFlags,
    ],
    env: {},
    logFile: layout.log('kube-controller-manager'),
    isReady: async () => {
      const ca = readCertificate(certificate);
      return ca !== null && isHealthy(`${url}/healthz`, { ca });
    },
    startTimeoutMs: 60_000,
    stopTimeoutMs: 5000,
  };
}
