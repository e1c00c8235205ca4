import { readFileSync } from 'node:fs';
import { isHealthy } from '../http-request.ts';
import type { Layout } from './layout.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import type { Program } from './programs/program.ts';

export function etcdUrl(ports: Ports): string {
  return `https://127.0.0.1:${ports.etcd}`;
}

/** How the kube-apiserver reaches it. */
export function listEtcdClientFlags(layout: Layout, ports: Ports): string[] {
  return [
    `--etcd-servers=${etcdUrl(ports)}`,
    `--etcd-cafile=${layout.partCa}`,
    `--etcd-certfile=${layout.etcdClient.certificate}`,
    `--etcd-keyfile=${layout.etcdClient.key}`,
  ];
}

/**
 * etcd with one member, for the kube-apiserver alone: whoever reads and writes here has all Secrets and every right. Client
 * certificates, and no unix socket, because a socket's path may be 107 bytes long at most and a state folder's can be longer.
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
      // It would call etcd itself, with the server's certificate, which is not for clients.
      '--enable-grpc-gateway=false',
      // The data outlive a crash of any process; only a machine that loses power may lose the last writes of this test cluster.
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

/** @param who '' for clients, 'peer-' for other members: there are none, and nobody may become one */
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
    // The files went with their state folder.
    return false;
  }
}
