import { readFileSync } from 'node:fs';
import { isHealthy } from '../http-request.ts';
import type { Layout } from './layout.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import type { Program } from './programs/program.ts';

export function etcdUrl(ports: Ports): string {
  return `https://127.0.0.1:${ports.etcd}`;
}

/** The kube-apiserver's flags for etcd. */
export function listEtcdClientFlags(layout: Layout, ports: Ports): string[] {
  return [
    `--etcd-servers=${etcdUrl(ports)}`,
    `--etcd-cafile=${layout.partCa}`,
    `--etcd-certfile=${layout.etcdClient.certificate}`,
    `--etcd-keyfile=${layout.etcdClient.key}`,
  ];
}

/**
 * Describes etcd with one member, for the kube-apiserver alone: access to etcd means all Secrets and every right. It
 * uses client certificates and no unix socket, since a socket's path is limited to 107 bytes and a state folder's may
 * be longer.
 */
export function describeEtcd(layout: Layout, ports: Ports, program: Program): Part {
  const peerUrl = `https://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: 'etcd',
    program: program.path,
    args: [
      '--name=snoop',
      `--data-dir=${layout.etcd}`,
      `--listen-client-urls=${etcdUrl(ports)}`,
      `--advertise-client-urls=${etcdUrl(ports)}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=snoop=${peerUrl}`,
      ...listTlsFlags('', layout),
      ...listTlsFlags('peer-', layout),
      // The gateway would call etcd with the server's certificate, which is not valid for clients.
      '--enable-grpc-gateway=false',
      // The data survive a crash of any process; only a power failure may lose the last writes of this test cluster.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    env: {},
    logFile: layout.log('etcd'),
    isReady: () => isReady(layout, ports),
    startTimeoutMs: 60_000,
    stopTimeoutMs: 10_000,
  };
}

/** @param who '' for clients, 'peer-' for other members, which do not exist and may not join */
function listTlsFlags(who: '' | 'peer-', { partCa, etcdServer }: Layout): string[] {
  return [
    `--${who}cert-file=${etcdServer.certificate}`,
    `--${who}key-file=${etcdServer.key}`,
    `--${who}trusted-ca-file=${partCa}`,
    `--${who}client-cert-auth=true`,
  ];
}

async function isReady({ partCa, etcdClient }: Layout, ports: Ports): Promise<boolean> {
  try {
    return await isHealthy(`${etcdUrl(ports)}/health`, {
      ca: readFileSync(partCa, 'utf8'),
      cert: readFileSync(etcdClient.certificate, 'utf8'),
      key: readFileSync(etcdClient.key, 'utf8'),
    });
  } catch {
    // The state folder was removed.
    return false;
  }
}
