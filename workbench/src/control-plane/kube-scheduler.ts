import { join } from 'node:path';
import { isHealthy } from '../http-request.ts';
import type { Layout } from './layout.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import type { Program } from './programs/program.ts';
import { readCertificate } from './read-certificate.ts';

/** Describes the kube-scheduler; there is one, so it needs no leader election. */
export function describeScheduler(
  layout: Layout,
  ports: Ports,
  program: Program,
  featureFlags: readonly string[],
): Part {
  const certificate = join(layout.schedulerCerts, 'kube-scheduler.crt');
  return {
    name: 'kube-scheduler',
    program: program.path,
    args: [
      `--kubeconfig=${layout.schedulerKubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.scheduler}`,
      `--cert-dir=${layout.schedulerCerts}`,
      '--leader-elect=false',
      ...featureFlags,
    ],
    env: {},
    logFile: layout.log('kube-scheduler'),
    isReady: async () => {
      const ca = readCertificate(certificate);
      return ca !== null && isHealthy(`https://127.0.0.1:${ports.scheduler}/healthz`, { ca });
    },
    startTimeoutMs: 60_000,
    stopTimeoutMs: 5000,
  };
}
